// The library is C++; CJSON alone includes it.
