// Four rows at a time with AVX-512. Wider registers pay where outputs share the rows. For a single
// one, whose rows begin anywhere, loads that cross cache lines take what they save.

template <class T>
void avx512_dot4(const T* const* x, const T* w, std::size_t stride, std::size_t n_vectors,
                 std::size_t n, T* sums) noexcept {
  if (n_vectors == 1) return wide_dot4<Ymm<T>>(x, w, stride, 1, n, sums);
  wide_dot4<Zmm<T>>(x, w, stride, n_vectors, n, sums);
}

template <class T>
void avx512_axpy4_dot4(const T* a, const T* const* x, const T* const* y, T* w, std::size_t stride,
                       std::size_t n_vectors, std::size_t n, T* sums) noexcept {
  if (n_vectors == 1) return wide_axpy4_dot4<Ymm<T>>(a, x, y, w, stride, 1, n, sums);
  wide_axpy4_dot4<Zmm<T>>(a, x, y, w, stride, n_vectors, n, sums);
}

template <class T>
constexpr VectorKernels<T> avx512_vector_kernels() {
  VectorKernels<T> kernels = avx2_vector_kernels<T>();
  kernels.dot4 = avx512_dot4<T>;
  kernels.axpy4_dot4 = avx512_axpy4_dot4<T>;
  return kernels;
}
