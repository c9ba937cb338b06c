#include "CPoseKernels.h"
