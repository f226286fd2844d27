// The intrinsics of the VNNI files: the compiler's, or in a test build (SLIMLINE_SIMDE) the same by
// SIMDe in AVX2, so that machines without VNNI can test them.
#ifdef SLIMLINE_SIMDE
#include <simde/x86/avx512.h>
#define SLIMLINE_VNNI(name) simde##name
#define SLIMLINE_VNNI_512 simde__m512i
#endif

#include <immintrin.h>

#ifndef SLIMLINE_SIMDE
#define SLIMLINE_VNNI(name) name
#define SLIMLINE_VNNI_512 __m512i
#endif
