#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "slimline/matrix.hpp"

namespace slimline {

TEST_CASE("MatrixView reads through its stride") {
  std::vector<float> data(12);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i);
  const MatrixView<const float> view(data.data(), 3, 2, 4);
  CHECK(view(2, 1) == 9.0F);
  CHECK(view.slice(1, 3)(0, 0) == 4.0F);
  CHECK(view.slice(3, 3).rows() == 0);
}

TEST_CASE("Matrix is zeroed, aligned, and may be empty") {
  const Matrix<double> matrix(3, 5);
  CHECK(reinterpret_cast<std::uintptr_t>(matrix.row(0)) % AlignedBuffer<double>::kAlignment == 0);
  for (std::size_t j = 0; j < 5; ++j) CHECK(matrix(2, j) == 0.0);
  CHECK(Matrix<float>(0, 7).view().cols() == 7);
}

TEST_CASE_TEMPLATE("CsrView yields rows, empty ones too", Index, std::int32_t, std::int64_t) {
  const std::vector<double> values{1, 2, 3};
  const std::vector<Index> indices{0, 3, 1};
  const std::vector<Index> indptr{0, 2, 2, 3};
  const CsrView<double, Index> csr(values, indices, indptr, 4);
  CHECK(csr.rows() == 3);
  CHECK(csr.values(1).empty());
  CHECK(csr.values(2)[0] == 3);
  CHECK(csr.indices(0)[1] == 3);
}

}  // namespace slimline
