// The kernels' C interface.
#pragma once
