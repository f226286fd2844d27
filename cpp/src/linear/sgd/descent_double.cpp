#include "linalg/rows.hpp"
#include "linear/sgd/descent.inl.hpp"

namespace slimline {

template SgdResult descend(const DenseRows<double>&, const SgdProblem<double>&);
template SgdResult descend(const CsrRows<double, std::int32_t>&, const SgdProblem<double>&);
template SgdResult descend(const CsrRows<double, std::int64_t>&, const SgdProblem<double>&);

}  // namespace slimline
