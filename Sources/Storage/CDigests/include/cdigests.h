#ifndef CDIGESTS_H
#define CDIGESTS_H

#include <stddef.h>
#include <stdint.h>

// Runs the rounds of SHA-256 over whole blocks of 64 bytes with the processor's own instructions.
// Returns 0, and leaves the eight words of state as they are, where the processor has none.
int cd_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t block_count);

#endif
