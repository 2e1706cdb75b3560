"""llama.cpp through ctypes: its C interface (`api`), and one class per native handle.

    Library  the shared library, its log, its layout guard   (`library`)
    Model    `struct llama_model *` with its vocabulary      (`model`)
    Context  `struct llama_context *` with its KV memory     (`context`)

A parent must outlive its children: close the context, then the model. Every `close()` may be called again.
"""
