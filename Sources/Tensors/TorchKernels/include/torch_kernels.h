// The operators of this target have no names in C: they are found in libtorch's dispatcher under `layered::`.
#pragma once
