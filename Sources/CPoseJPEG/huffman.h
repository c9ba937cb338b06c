#pragma once

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

// Makes a decoder that was started, and has not decoded yet, decode faster where it can: a sequential JPEG in memory with
// one scan and no restart markers. Takes its client_data. Of blocks that lie wholly outside the picture's columns from
// first to last nothing is stored.
void pose_decode_huffman_faster(j_decompress_ptr decoder, JDIMENSION first, JDIMENSION last);
