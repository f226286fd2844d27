#include "fit/sgd_fit.hpp"

namespace slimline {

template SgdResult sgd_fit<float>(const Samples<float>&, const SgdTargets&, const SgdOptions&,
                                  const EpochCallback&, const SgdWeights<float>&);

}  // namespace slimline
