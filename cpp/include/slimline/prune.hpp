// Optimal brain surgeon: the order in which to remove the weights of a linear layer, where the
// remaining weights are corrected after each removal.
//
// Removing weight q from an output with weights w increases 1/2 |X w - X v|^2 by
// w_q^2 / (2 [A^-1]_qq), A = X'X. The weight of least increase is removed, the others become
// w - w_q / [A^-1]_qq A^-1 e_q, and row and column q are removed from the inverse. Hassibi and
// Stork, "Second Order Derivatives for Network Pruning: Optimal Brain Surgeon", NIPS 1992; row by
// row as in Frantar and Alistarh, "Optimal Brain Compression", NeurIPS 2022.
#pragma once

#include <cstdint>

#include "slimline/matrix.hpp"

namespace slimline {

// inverse: (d, d), symmetric and positive definite; W: (n_out, d). order(i, k) is the weight of
// output i that step k removes, and loss(i, k) the increase: both (n_out, d), until all weights are
// removed. Takes n_out d^3 / 3 multiplications, and d^2 doubles per thread.
void eliminate(MatrixView<const double> inverse, MatrixView<const double> W,
               MatrixView<std::int32_t> order, MatrixView<double> loss, int n_threads);

}  // namespace slimline
