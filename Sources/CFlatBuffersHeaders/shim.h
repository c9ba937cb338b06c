// The library is C++ headers; CFlatBuffers alone includes them.
