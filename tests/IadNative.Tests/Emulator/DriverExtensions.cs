using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IadNative.Cuda;

namespace IadNative.Tests.Emulator;

/// <summary>What tests of single kernels need of a driver.</summary>
internal static class DriverExtensions
{
    extension(ICudaDriver driver)
    {
        /// <summary>New device memory with these values.</summary>
        public ulong Upload<T>(ReadOnlySpan<T> values) where T : unmanaged
        {
            ulong address = driver.Allocate(values.Length * Unsafe.SizeOf<T>());
            driver.CopyToDevice(address, MemoryMarshal.AsBytes(values));
            return address;
        }

        /// <summary>New device memory that nobody has written.</summary>
        public ulong Allocate<T>(int count) where T : unmanaged => driver.Allocate(count * Unsafe.SizeOf<T>());

        /// <summary>New device memory, all zero.</summary>
        public ulong AllocateZeros<T>(int count) where T : unmanaged => driver.Upload<T>(new T[count]);

        /// <summary>Values in device memory.</summary>
        public T[] Download<T>(ulong address, int count) where T : unmanaged
        {
            var values = new T[count];
            driver.CopyToHost(MemoryMarshal.AsBytes(values.AsSpan()), address);
            return values;
        }

        /// <summary>Launches a kernel with its structure and waits for it.</summary>
        public void Launch<T>(string file, string kernel, in LaunchShape shape, in T argument) where T : unmanaged
        {
            driver.Launch(driver.GetKernel(file, kernel), shape, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in argument)));
            driver.Synchronize();
        }
    }
}
