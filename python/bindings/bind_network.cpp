#include <pybind11/stl.h>

#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/network.hpp"

namespace slimline::bindings {
namespace {

using Floats = Array<float>;

NetworkTargets make_targets(const Floats& targets, const Floats& sample_weight) {
  return {.targets = matrix_view(targets, "targets"),
          .sample_weight = vector_view(sample_weight, "sample_weight")};
}

Network make_network(std::size_t n_features,
                     const std::vector<std::pair<std::size_t, std::string>>& layers,
                     const NetworkOptions& options) {
  std::vector<NetworkLayer> made;
  for (const auto& [n_out, activation] : layers) {
    made.push_back({.n_out = n_out, .activation = activation});
  }
  return {n_features, made, options};
}

double epoch(Network& network, const Samples<float>& X, const Floats& targets,
             const Floats& sample_weight) {
  const NetworkTargets t = make_targets(targets, sample_weight);
  const Released released;
  return network.epoch(X, t);
}

double gradients(Network& network, const Samples<float>& X, const Floats& targets,
                 const Floats& sample_weight) {
  const NetworkTargets t = make_targets(targets, sample_weight);
  const Released released;
  return network.gradients(X, t);
}

void forward(Network& network, const Samples<float>& X, Floats& out) {
  const MatrixView<float> to = mutable_matrix_view(out, "out");
  const Released released;
  network.forward(X, to);
}

// (weight, bias), filled by read(weight, bias).
template <class Read>
py::tuple layer_arrays(const Network& network, std::size_t layer, const Read& read) {
  Floats weight({network.n_out(layer), network.n_in(layer)});
  Floats bias(static_cast<py::ssize_t>(network.n_out(layer)));
  read(mutable_matrix_view(weight, "weight"), mutable_vector_view(bias, "bias"));
  return py::make_tuple(weight, bias);
}

// (updates, random, moments): see NetworkProgress.
py::tuple progress(const Network& network) {
  const NetworkProgress p = network.progress();
  return py::make_tuple(p.updates, p.random,
                        Floats(static_cast<py::ssize_t>(p.moments.size()), p.moments.data()));
}

void set_progress(Network& network, std::uint64_t updates, const Random::State& random,
                  const Floats& moments) {
  const auto values = vector_view(moments, "moments");
  network.set_progress(
      {.updates = updates, .random = random, .moments = {values.begin(), values.end()}});
}

void bind_options(py::module_& m) {
  py::class_<NetworkOptions>(m, "NetworkOptions")
      .def(py::init<>())
      .def_readwrite("loss", &NetworkOptions::loss)
      .def_readwrite("optimizer", &NetworkOptions::optimizer)
      .def_readwrite("schedule", &NetworkOptions::schedule)
      .def_readwrite("eta0", &NetworkOptions::eta0)
      .def_readwrite("power_t", &NetworkOptions::power_t)
      .def_readwrite("decay", &NetworkOptions::decay)
      .def_readwrite("max_iter", &NetworkOptions::max_iter)
      .def_readwrite("l2", &NetworkOptions::l2)
      .def_readwrite("l2_per_batch", &NetworkOptions::l2_per_batch)
      .def_readwrite("wide_sums", &NetworkOptions::wide_sums)
      .def_readwrite("l1", &NetworkOptions::l1)
      .def_readwrite("weight_decay", &NetworkOptions::weight_decay)
      .def_readwrite("momentum", &NetworkOptions::momentum)
      .def_readwrite("nesterov", &NetworkOptions::nesterov)
      .def_readwrite("beta_1", &NetworkOptions::beta_1)
      .def_readwrite("beta_2", &NetworkOptions::beta_2)
      .def_readwrite("epsilon", &NetworkOptions::epsilon)
      .def_readwrite("loss_epsilon", &NetworkOptions::loss_epsilon)
      .def_readwrite("dropout", &NetworkOptions::dropout)
      .def_readwrite("batch_size", &NetworkOptions::batch_size)
      .def_readwrite("shuffle", &NetworkOptions::shuffle)
      .def_readwrite("seed", &NetworkOptions::seed)
      .def_readwrite("n_threads", &NetworkOptions::n_threads);
}

// The rows of a CSR matrix with as many columns as the network has features.
template <class Index>
Samples<float> csr_samples(const Network& network, const Floats& data, const Array<Index>& indices,
                           const Array<Index>& indptr) {
  return csr_view(data, indices, indptr, network.n_features());
}

template <class Index>
void bind_csr(py::class_<Network>& network) {
  network
      .def(
          "epoch_csr",
          [](Network& n, const Floats& data, const Array<Index>& indices,
             const Array<Index>& indptr, const Floats& targets, const Floats& sample_weight) {
            return epoch(n, csr_samples(n, data, indices, indptr), targets, sample_weight);
          },
          py::arg("data").noconvert(), py::arg("indices").noconvert(),
          py::arg("indptr").noconvert(), py::arg("targets").noconvert(),
          py::arg("sample_weight").noconvert())
      .def(
          "gradients_csr",
          [](Network& n, const Floats& data, const Array<Index>& indices,
             const Array<Index>& indptr, const Floats& targets, const Floats& sample_weight) {
            return gradients(n, csr_samples(n, data, indices, indptr), targets, sample_weight);
          },
          py::arg("data").noconvert(), py::arg("indices").noconvert(),
          py::arg("indptr").noconvert(), py::arg("targets").noconvert(),
          py::arg("sample_weight").noconvert())
      .def(
          "forward_csr",
          [](Network& n, const Floats& data, const Array<Index>& indices,
             const Array<Index>& indptr,
             Floats& out) { forward(n, csr_samples(n, data, indices, indptr), out); },
          py::arg("data").noconvert(), py::arg("indices").noconvert(),
          py::arg("indptr").noconvert(), py::arg("out").noconvert());
}

void bind_int8(py::module_& m, py::class_<Network>& network) {
  py::class_<Int8Training>(m, "Int8Training")
      .def(py::init<>())
      .def_readwrite("is_static", &Int8Training::is_static)
      .def_readwrite("is_fixed", &Int8Training::is_fixed)
      .def_readwrite("low", &Int8Training::low)
      .def_readwrite("step", &Int8Training::step)
      .def_readwrite("reach", &Int8Training::reach)
      .def_readwrite("shift", &Int8Training::shift);
  network.def("set_int8", &Network::set_int8, py::arg("layer"), py::arg("options"))
      .def(
          "int8_layer",
          [](Network& n, std::size_t layer) {
            const auto n_in = static_cast<py::ssize_t>(n.n_in(layer));
            const auto n_out = static_cast<py::ssize_t>(n.n_out(layer));
            Array<std::int8_t> weight({n_out, n_in});
            Floats scale(n_out);
            Floats offset(n_out);
            Floats low(n_in);
            Floats step(n_in);
            n.get_int8(layer, mutable_matrix_view(weight, "weight"),
                       {.scale = mutable_vector_view(scale, "scale"),
                        .offset = mutable_vector_view(offset, "offset"),
                        .low = mutable_vector_view(low, "low"),
                        .step = mutable_vector_view(step, "step")});
            return py::make_tuple(weight, scale, offset, low, step);
          },
          py::arg("layer"));
}

void bind_layers_of(py::class_<Network>& network) {
  network.def_property_readonly("n_layers", &Network::n_layers)
      .def(
          "set_layer",
          [](Network& n, std::size_t layer, const Floats& weight, const Floats& bias) {
            n.set_layer(layer, matrix_view(weight, "weight"), vector_view(bias, "bias"));
          },
          py::arg("layer"), py::arg("weight").noconvert(), py::arg("bias").noconvert())
      .def(
          "layer",
          [](const Network& n, std::size_t layer) {
            return layer_arrays(n, layer, [&](MatrixView<float> weight, std::span<float> bias) {
              n.get_layer(layer, weight, bias);
            });
          },
          py::arg("layer"))
      .def(
          "gradient",
          [](const Network& n, std::size_t layer) {
            return layer_arrays(n, layer, [&](MatrixView<float> weight, std::span<float> bias) {
              n.get_gradient(layer, weight, bias);
            });
          },
          py::arg("layer"))
      .def(
          "set_mask",
          [](Network& n, std::size_t layer, const Array<std::uint8_t>& keep) {
            n.set_mask(layer, matrix_view(keep, "keep"));
          },
          py::arg("layer"), py::arg("keep").noconvert());
}

}  // namespace

void bind_network(py::module_& m) {
  m.def("network_loss_names", &network_loss_names);
  bind_options(m);
  py::class_<Network> network(m, "Network");
  network.def(py::init(&make_network), py::arg("n_features"), py::arg("layers"), py::arg("options"))
      .def("set_eta0", &Network::set_eta0, py::arg("eta0"))
      .def("progress", &progress)
      .def("set_progress", &set_progress, py::arg("updates"), py::arg("random"),
           py::arg("moments").noconvert())
      .def(
          "epoch",
          [](Network& n, const Floats& X, const Floats& targets, const Floats& sample_weight) {
            return epoch(n, matrix_view(X, "X"), targets, sample_weight);
          },
          py::arg("X").noconvert(), py::arg("targets").noconvert(),
          py::arg("sample_weight").noconvert())
      .def(
          "gradients",
          [](Network& n, const Floats& X, const Floats& targets, const Floats& sample_weight) {
            return gradients(n, matrix_view(X, "X"), targets, sample_weight);
          },
          py::arg("X").noconvert(), py::arg("targets").noconvert(),
          py::arg("sample_weight").noconvert())
      .def(
          "forward",
          [](Network& n, const Floats& X, Floats& out) { forward(n, matrix_view(X, "X"), out); },
          py::arg("X").noconvert(), py::arg("out").noconvert());
  bind_layers_of(network);
  bind_int8(m, network);
  bind_csr<std::int32_t>(network);
  bind_csr<std::int64_t>(network);
}

}  // namespace slimline::bindings
