#include "fit/exact.inl.hpp"
#include "linalg/rows.hpp"

namespace slimline {

template SgdResult fit_exactly(const DenseRows<double>&, const SgdProblem<double>&);
template SgdResult fit_exactly(const CsrRows<double, std::int32_t>&, const SgdProblem<double>&);
template SgdResult fit_exactly(const CsrRows<double, std::int64_t>&, const SgdProblem<double>&);

}  // namespace slimline
