#include "linalg/float_gram.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"

namespace slimline {
namespace {

constexpr std::size_t kBlock = 256;   // rows whose products are summed in float32
constexpr std::size_t kPartials = 8;  // sums at most, each as large as H

// The products of one block after another, added to a matrix of its own.
class BlockProducts {
 public:
  BlockProducts(std::size_t n_columns)
      : d_(n_columns),
        n_panels_(chunk_count(d_, kernels::kPanel)),
        rows_(kBlock * d_),
        panels_(n_panels_ * kernels::kPanel * kBlock),
        products_(d_ * kernels::kPanel) {}

  void add(MatrixView<const float> X, std::span<const std::size_t> rows, std::span<const double> h,
           MatrixView<double> H) {
    const std::size_t n = rows.size();
    for (std::size_t k = 0; k < n; ++k) pack(X.row(rows[k]), static_cast<float>(h[k]), k, n);
    const auto multiply = kernels::active_table().gemm.f32_at;
    for (std::size_t p = 0; p < n_panels_; ++p) {
      const std::size_t first = p * kernels::kPanel;  // rows of H above it belong to the mirror
      const float* panel = panels_.data() + first * n;
      multiply(rows_.data() + first, d_, panel, 1, d_ - first, n, products_.data(),
               kernels::kPanel);
      for (std::size_t i = first; i < d_; ++i) {
        const float* sums = products_.data() + (i - first) * kernels::kPanel;
        const std::size_t end = std::min(kernels::kPanel, i + 1 - first);
        for (std::size_t j = 0; j < end; ++j) H(i, first + j) += static_cast<double>(sums[j]);
      }
    }
    add_intercept(X, rows, h, H);
  }

 private:
  // Row k of n, as it is and, times h, into panels.
  void pack(const float* x, float h, std::size_t k, std::size_t n) {
    std::copy_n(x, d_, rows_.data() + k * d_);
    for (std::size_t p = 0; p < n_panels_; ++p) {
      const std::size_t first = p * kernels::kPanel;
      float* out = panels_.data() + first * n + k * kernels::kPanel;
      const std::size_t size = std::min(kernels::kPanel, d_ - first);
      for (std::size_t j = 0; j < size; ++j) out[j] = h * x[first + j];
      std::fill(out + size, out + kernels::kPanel, 0.0F);
    }
  }

  void add_intercept(MatrixView<const float> X, std::span<const std::size_t> rows,
                     std::span<const double> h, MatrixView<double> H) const {
    const auto add_row = kernels::vector_kernels<float>().axpy_wide;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      add_row(h[k], X.row(rows[k]), H.row(d_), d_);
      H(d_, d_) += h[k];
    }
  }

  std::size_t d_;
  std::size_t n_panels_;
  std::vector<float> rows_;
  std::vector<float> panels_;
  std::vector<float> products_;
};

}  // namespace

void float_gram(MatrixView<const float> X, std::span<const std::size_t> rows,
                std::span<const double> h, MatrixView<double> H, int n_threads) {
  const std::size_t size = X.cols() + 1;
  const std::size_t grain =
      chunk_count(chunk_count(std::max<std::size_t>(1, rows.size()), kPartials), kBlock) * kBlock;
  std::vector<Matrix<double>> partial(chunk_count(rows.size(), grain));
  parallel_for(rows.size(), grain, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                 partial[chunk] = Matrix<double>(size, size);
                 BlockProducts products(X.cols());
                 for (std::size_t k = begin; k < end; k += kBlock) {
                   check_interrupt();
                   const std::size_t n = std::min(kBlock, end - k);
                   products.add(X, rows.subspan(k, n), h.subspan(k, n), partial[chunk].view());
                 }
               });
  for (std::size_t i = 0; i < size; ++i) {
    std::fill_n(H.row(i), size, 0.0);
    for (const Matrix<double>& sum : partial) {
      for (std::size_t j = 0; j <= i; ++j) H(i, j) += sum(i, j);
    }
  }
}

}  // namespace slimline
