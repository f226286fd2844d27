#include "fit/sgd_fit.hpp"

namespace slimline {

template SgdResult sgd_fit<double>(const Samples<double>&, const SgdTargets&, const SgdOptions&,
                                   const EpochCallback&, const SgdWeights<double>&);

}  // namespace slimline
