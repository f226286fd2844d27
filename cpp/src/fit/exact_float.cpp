#include "fit/exact.inl.hpp"
#include "linalg/rows.hpp"

namespace slimline {

template SgdResult fit_exactly(const DenseRows<float>&, const SgdProblem<float>&);
template SgdResult fit_exactly(const CsrRows<float, std::int32_t>&, const SgdProblem<float>&);
template SgdResult fit_exactly(const CsrRows<float, std::int64_t>&, const SgdProblem<float>&);

}  // namespace slimline
