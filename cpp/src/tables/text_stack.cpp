#include "slimline/text_stack.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "slimline/error.hpp"
#include "tables/text_sums.hpp"

namespace slimline {
namespace {

// Texts that one thread reads at a time.
constexpr std::size_t kTextChunk = 64;

// Readers that no thread uses at present, with the memory that they have.
class ReaderPool {
 public:
  explicit ReaderPool(const TextFeatures& features) : features_(features) {}

  // A reader of one's own while it lives.
  class Lease {
   public:
    explicit Lease(ReaderPool& pool) : pool_(pool), reader_(pool.take()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      const std::lock_guard lock(pool_.mutex_);
      pool_.free_.push_back(std::move(reader_));  // has room: see take
    }
    TextReader& operator*() const { return *reader_; }

   private:
    ReaderPool& pool_;
    std::unique_ptr<TextReader> reader_;
  };

 private:
  std::unique_ptr<TextReader> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      free_.reserve(++n_readers_);
      return std::make_unique<TextReader>(features_.analyzer, features_.columns());
    }
    auto reader = std::move(free_.back());
    free_.pop_back();
    return reader;
  }

  const TextFeatures& features_;
  std::mutex mutex_;
  std::size_t n_readers_ = 0;
  std::vector<std::unique_ptr<TextReader>> free_;
};

const TextFeatures& checked(const TextFeatures& features) {
  check_features(features);
  return features;
}

}  // namespace

struct TextStack::Parts {
  Parts(std::shared_ptr<const TextFeatures> f, const FirstLayer& first,
        std::shared_ptr<const Stack> s)
      : features(std::move(f)),
        sums(checked(*features), first),
        rest(std::move(s)),
        pool(*features) {
    require(!rest || rest->n_features() == sums.n_out(),
            "the second layer must take what the first gives");
  }

  std::size_t n_outputs() const { return rest ? rest->n_outputs() : sums.n_out(); }

  // The outputs of some texts.
  void forward(std::span<const std::string_view> texts, MatrixView<float> out,
               Workspace& workspace) {
    const Workspace::Scope scope(workspace);
    const auto first = rest ? workspace.take_matrix<float>(texts.size(), sums.n_out()) : out;
    const ReaderPool::Lease reader(pool);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      sums.forward(texts[i], *reader, first.row(i), workspace);
    }
    if (rest) rest->forward(MatrixView<const float>(first), out, 1);
  }

  std::shared_ptr<const TextFeatures> features;
  TextSums sums;
  std::shared_ptr<const Stack> rest;
  ReaderPool pool;
};

TextStack::TextStack(std::shared_ptr<const TextFeatures> features, const FirstLayer& first,
                     std::shared_ptr<const Stack> rest)
    : parts_(std::make_unique<Parts>(std::move(features), first, std::move(rest))) {}

TextStack::TextStack(TextStack&&) noexcept = default;
TextStack& TextStack::operator=(TextStack&&) noexcept = default;
TextStack::~TextStack() = default;

std::size_t TextStack::n_outputs() const { return parts_->n_outputs(); }

void TextStack::forward(std::span<const std::string_view> texts, MatrixView<float> out,
                        int n_threads) const {
  require(out.rows() == texts.size() && out.cols() == n_outputs(),
          "out must have a row for each text and a column for each output");
  parallel_for(texts.size(), kTextChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 parts_->forward(texts.subspan(begin, end - begin), out.slice(begin, end),
                                 thread_workspace());
               });
}

void TextStack::winners(std::span<const std::string_view> texts, std::span<std::int64_t> places,
                        int n_threads) const {
  require(places.size() == texts.size(), "places must have an entry for each text");
  parallel_for(texts.size(), kTextChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 Workspace& workspace = thread_workspace();
                 const Workspace::Scope scope(workspace);
                 const auto out = workspace.take_matrix<float>(end - begin, n_outputs());
                 parts_->forward(texts.subspan(begin, end - begin), out, workspace);
                 for (std::size_t i = begin; i < end; ++i) {
                   places[i] = winner({out.row(i - begin), out.cols()});
                 }
               });
}

}  // namespace slimline
