#include "linalg/rows.hpp"
#include "linear/sgd/descent.inl.hpp"

namespace slimline {

template SgdResult descend(const DenseRows<float>&, const SgdProblem<float>&);
template SgdResult descend(const CsrRows<float, std::int32_t>&, const SgdProblem<float>&);
template SgdResult descend(const CsrRows<float, std::int64_t>&, const SgdProblem<float>&);

}  // namespace slimline
