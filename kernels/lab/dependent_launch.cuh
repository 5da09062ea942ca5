// Rung 1b, its half that is in kernels: programmatic dependent launch. The lab puts this in front of the first statement of every kernel of a
// step. The other half, products that stand aside on a second stream, is the driver's (src/IadNative.Cuda/Runtime/SideStream.cs).
//
// Against rung 1 (graphs): the edge between two kernels of the graph is a programmatic one. A kernel's blocks come to the multiprocessors
// as soon as all blocks of the kernel before it have said launch_dependents, or ended, so that the launch, and whatever a kernel does
// before it touches memory, lies beside the last work of the kernel before. What still costs is the rest of a launch per operation, and
// activations that go through device memory; rung 2 takes away most of both.
//
// wait returns when the kernel before has ended, with all that it wrote to be seen, and, since that one has waited too, all kernels before
// it. So it stands in front of all that reads or writes, and nothing else of a kernel changes. launch_dependents behind it lets only the
// next kernel wait on the multiprocessors beside this one, and not the one after that. A product of cuBLAS never says it, and is launched
// as ever: it waits for the end of the kernel before, and the kernel behind it for its end. So is a kernel right behind a fork to the second
// stream or a join with it.
//
// No #pragma once: a file has as many kernels as it has.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
asm volatile("griddepcontrol.wait;\n\tgriddepcontrol.launch_dependents;" ::: "memory");
#endif
