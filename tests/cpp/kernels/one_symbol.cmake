# An object of kernels/isa/ must define exactly one external symbol, its table: anything else (an inline
# function, a template) could be picked by the linker for every CPU. Weak symbols count.
execute_process(COMMAND ${NM} --defined-only --extern-only ${OBJECT} OUTPUT_VARIABLE symbols
                COMMAND_ERROR_IS_FATAL ANY)
string(STRIP "${symbols}" symbols)
string(REPLACE "\n" ";" symbols "${symbols}")
list(LENGTH symbols count)
if(NOT count EQUAL 1 OR NOT symbols MATCHES "${EXPECTED}")
  message(FATAL_ERROR "${OBJECT} must define only ${EXPECTED}, but defines:\n${symbols}")
endif()
