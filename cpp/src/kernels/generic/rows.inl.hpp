// RowKernels row by row, by the *_wide kernels of an instruction set.
// Included once by each kernels/isa/**.cpp, inside its unnamed namespace.

template <class T, auto DotWide>
void single_row_products(const T* x, std::size_t stride, const std::size_t* rows,
                         std::size_t n_rows, const double* w, std::size_t n_cols,
                         double* out) noexcept {
  for (std::size_t k = 0; k < n_rows; ++k) out[k] = DotWide(x + rows[k] * stride, w, n_cols);
}

template <class T, auto AxpyWide>
void single_row_combine(const T* x, std::size_t stride, const std::size_t* rows, std::size_t n_rows,
                        const double* a, double* w, std::size_t n_cols) noexcept {
  for (std::size_t k = 0; k < n_rows; ++k) {
    if (a[k] != 0) AxpyWide(a[k], x + rows[k] * stride, w, n_cols);
  }
}

template <class T, auto DotWide, auto AxpyWide>
constexpr RowKernels<T> single_row_kernels() {
  return {.products = single_row_products<T, DotWide>, .combine = single_row_combine<T, AxpyWide>};
}
