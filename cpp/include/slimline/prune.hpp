// Optimal brain surgeon: which weights of a linear layer to remove, one after the other, where
// those that stay are corrected for each that goes.
//
// Removing weight q from an output with weights w costs w_q^2 / (2 [A^-1]_qq) of 1/2 |X w - X v|^2,
// A = X'X; the cheapest one goes, the others become w - w_q / [A^-1]_qq A^-1 e_q, and the inverse
// loses row and column q. Hassibi and Stork, "Second Order Derivatives for Network Pruning: Optimal
// Brain Surgeon", NIPS 1992; row by row as in Frantar and Alistarh, "Optimal Brain Compression",
// NeurIPS 2022.
#pragma once

#include <cstdint>

#include "slimline/matrix.hpp"

namespace slimline {

// inverse: (d, d), symmetric and positive definite; W: (n_out, d). order(i, k) is the weight of
// output i that goes in step k, loss(i, k) what that costs: both (n_out, d), all weights go.
// Takes n_out d^3 / 3 multiplications and d^2 doubles a thread.
void eliminate(MatrixView<const double> inverse, MatrixView<const double> W,
               MatrixView<std::int32_t> order, MatrixView<double> loss, int n_threads);

}  // namespace slimline
