// The driver, NVRTC and cuBLAS as the product calls them, on host memory and without a device: one library under three
// names. Declarations are those of cuda.h, nvrtc.h and cublas_v2.h with handles as integers. Every call is logged, can be
// made to fail, and is strict about contexts, streams, captures and handles. A cubin is the word CUBIN, the architecture
// and the source; the kernels are written out below.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t address;
typedef int64_t handle;
enum { CONTEXT = 0xC0, STREAM = 0x57, SIDE = STREAM + 1, BLAS = 0xB1 }; // and so on: there may be several handles of cuBLAS
enum { LENT_CONTEXT = 0xD0, LENT_STREAM = 0x68, FOREIGN_STREAM = 0x69, LENT_EVENT = 0xEE }; // a program's own, never counted

// --- What a test controls.

static char log_text[1 << 20];
static size_t log_length;
static struct { char name[64]; int status, skip; } script;
static struct { char key[64]; int value; } settings[32];

static int setting(const char* key, int otherwise) {
    for (int i = 0; i < 32; i++) if (!strcmp(settings[i].key, key)) return settings[i].value;
    return otherwise;
}

void fake_set(const char* key, int value) {
    for (int i = 0; i < 32; i++)
        if (!settings[i].key[0] || !strcmp(settings[i].key, key)) {
            strcpy(settings[i].key, key);
            settings[i].value = value;
            return;
        }
}

void fake_fail(const char* name, int status, int skip) {
    strcpy(script.name, name);
    script.status = status;
    script.skip = skip;
}

const char* fake_log(void) { return log_text; }

static void note(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_length += vsnprintf(log_text + log_length, sizeof log_text - log_length, format, arguments);
    va_end(arguments);
}

static int scripted(const char* name) {
    if (strcmp(script.name, name) || script.skip-- > 0) return 0;
    script.name[0] = 0;
    return script.status;
}

// Calls take turns, whichever threads they come from.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int begin_turn(void) { return pthread_mutex_lock(&turn); }
static void end_turn(int* ignored) { pthread_mutex_unlock(&turn); }

#define CALL(...) int turn_ __attribute__((cleanup(end_turn))) = begin_turn(); do { note("%s", __func__); note(" " __VA_ARGS__); note("\n"); \
    int status_ = scripted(__func__); if (status_) return status_; } while (0)

// --- The device.

static char alive[64]; // events that were created and not destroyed
static int has_stream[2], created; // streams that exist, and those of this device so far: its second is the side stream
enum { BLAS_HANDLES = 8 };
static struct { char exists; handle stream; address workspace; } blas_of[BLAS_HANDLES];
static int initialised, references, modules, graphs, executables, allocations, programs, fault, events;
static int capturing, shared_limit, ordinal;
static struct { address at; size_t bytes; } blocks[64]; // what is allocated, as far as there is room
static __thread handle stack[16]; // the contexts of a thread, the current one last; below the first there is none
static __thread int depth;
#define current stack[depth]

void fake_enter(handle context) { stack[++depth] = context; }
handle fake_current(void) { return current; }
int fake_depth(void) { return depth; }

struct operation {
    int kind;
    address a, b, c;
    size_t n;
    float factor, beta;
    int count, dims[8];
    int64_t strides[3];
};
static struct { struct operation list[64]; int length; } recording, graph_store;

// What the side stream was given runs, or is recorded, as late as it may: when the other one waits for it. It has to have waited for all that
// the other one was given.
static struct { struct operation list[64]; int length; } late;
static int given, seen;                                    // operations of the main stream, and those that the side stream waits for
static struct { int given, late; char is_recorded; } of_event[64]; // what was given when it was recorded; late: -1 on the main stream
static char is_side_recorded;

int fake_live(void) {
    int handles = 0;
    for (int i = 0; i < BLAS_HANDLES; i++) handles += blas_of[i].exists;
    return references + has_stream[0] + has_stream[1] + events + modules + graphs + executables + allocations + programs + handles;
}

void fake_reset(void) {
    log_length = 0;
    log_text[0] = 0;
    memset(&script, 0, sizeof script);
    memset(settings, 0, sizeof settings);
    memset(alive, 0, sizeof alive);
    memset(blocks, 0, sizeof blocks);
    memset(has_stream, 0, sizeof has_stream);
    memset(blas_of, 0, sizeof blas_of);
    ordinal = 0;
    initialised = references = events = modules = graphs = executables = allocations = programs = fault = 0;
    capturing = created = late.length = given = seen = is_side_recorded = 0;
    shared_limit = 48 * 1024;
    depth = 0;
}

static void gemm(const struct operation* o) {
    int ta = o->dims[0], tb = o->dims[1], m = o->dims[2], n = o->dims[3], k = o->dims[4];
    int lda = o->dims[5], ldb = o->dims[6], ldc = o->dims[7];
    for (int batch = 0; batch < o->count; batch++) {
        const float* a = (const float*)o->a + batch * o->strides[0];
        const float* b = (const float*)o->b + batch * o->strides[1];
        float* c = (float*)o->c + batch * o->strides[2];
        for (int column = 0; column < n; column++)
            for (int row = 0; row < m; row++) {
                float sum = 0;
                for (int i = 0; i < k; i++)
                    sum += (ta ? a[i + (size_t)row * lda] : a[row + (size_t)i * lda])
                        * (tb ? b[column + (size_t)i * ldb] : b[i + (size_t)column * ldb]);
                float* to = c + row + (size_t)column * ldc;
                *to = o->factor * sum + (o->beta == 0 ? 0 : o->beta * *to);
            }
    }
}

static void run(const struct operation* o) {
    if (o->kind == 0) memcpy((void*)o->a, (void*)o->b, o->n);
    if (o->kind == 1) memset((void*)o->a, o->count, o->n);
    if (o->kind == 2) for (int i = 0; i < o->count; i++) ((float*)o->a)[i] *= o->factor;
    if (o->kind == 3) fault = 700;
    if (o->kind == 4) gemm(o);
}

#define NEED(condition, status) do { if (!(condition)) return status; } while (0)
#define IS_CONTEXT(x) ((references > 0 && (x) == CONTEXT) || (x) == LENT_CONTEXT)
#define IS_OWN_STREAM(x) ((x) >= STREAM && (x) <= SIDE && has_stream[(x) - STREAM])
#define IS_STREAM(x) (IS_OWN_STREAM(x) || ((x) == LENT_STREAM && current == LENT_CONTEXT))
#define ON(x) ((x) == SIDE ? "side" : "")

static void submit_now(struct operation o) {
    if (capturing) recording.list[recording.length++] = o;
    else run(&o);
}

static int submit(handle stream, struct operation o) {
    if (stream == SIDE) {
        NEED(seen == given, 719);
        NEED(is_side_recorded == capturing, 905);
        late.list[late.length++] = o;
    } else {
        given++;
        submit_now(o);
    }
    return 0;
}
#define READY() do { NEED(initialised, 3); NEED(IS_CONTEXT(current), 201); NEED(!fault, fault); } while (0)

int cuGetErrorName(int status, const char** text) {
    *text = status == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : status == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : "CUDA_ERROR_FAKE";
    return status == 12345;
}
int cuGetErrorString(int status, const char** text) {
    *text = status == 2 ? "out of memory" : status == 700 ? "an illegal memory access was encountered" : "fake text";
    return status == 12345;
}
int cuDriverGetVersion(int* version) { CALL(); *version = setting("driver", 12040); return 0; }
int cuInit(unsigned flags) { CALL("%u", flags); NEED(flags == 0, 1); initialised = 1; return 0; }
int cuDeviceGetCount(int* count) { CALL(); NEED(initialised, 3); *count = setting("devices", 2); return 0; }
int cuDeviceGet(int* device, int ordinal) {
    CALL("%d", ordinal);
    NEED(ordinal >= 0 && ordinal < setting("devices", 2), 101);
    *device = 40 + ordinal;
    return 0;
}
int cuDeviceGetName(char* name, int length, int device) {
    CALL("%d", device);
    snprintf(name, length, "Fake Device %d", device - 40);
    return 0;
}
int cuDeviceGetPCIBusId(char* id, int length, int device) {
    CALL("%d", device);
    snprintf(id, length, "0000:%02d:00.0", device);
    return 0;
}
int cuDeviceTotalMem_v2(size_t* bytes, int device) {
    CALL("%d", device);
    *bytes = 5000000000u + device;
    return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int device) {
    CALL("%d %d", attribute, device);
    *value = attribute == 75 ? setting("major", 9) : attribute == 76 ? setting("minor", 0) : attribute == 16 ? 132
        : attribute == 13 ? 1980000 : attribute == 36 ? 2619000 : attribute == 37 ? 5120 : attribute == 97 ? 232448 : -1;
    return 0;
}
int cuDevicePrimaryCtxRetain(handle* context, int device) {
    CALL("%d", device);
    NEED(initialised, 3);
    references++;
    created = 0;
    ordinal = device - 40;
    *context = CONTEXT;
    return 0;
}
int cuDevicePrimaryCtxRelease_v2(int device) { CALL("%d", device); NEED(references-- > 0, 201); return 0; }
int cuCtxPushCurrent_v2(handle context) {
    CALL("%d", (int)context);
    NEED(IS_CONTEXT(context) && depth < 15, 201);
    stack[++depth] = context;
    return 0;
}
int cuCtxPopCurrent_v2(handle* context) {
    CALL();
    NEED(depth > 0, 201);
    *context = stack[depth--];
    return 0;
}
int cuCtxGetDevice(int* device) {
    CALL();
    READY();
    if (current == LENT_CONTEXT) ordinal = setting("lent device", 1);
    *device = 40 + ordinal;
    return 0;
}
int cuMemAlloc_v2(address* at, size_t bytes) {
    CALL("%zu", bytes);
    READY();
    NEED(!capturing, 900);
    NEED(bytes > 0, 1);
    *at = (address)aligned_alloc(256, (bytes + 255) / 256 * 256);
    memset((void*)*at, 0xCD, bytes < 4096 ? bytes : 4096);
    allocations++;
    for (int i = 0; i < 64; i++)
        if (!blocks[i].at) {
            blocks[i].at = *at;
            blocks[i].bytes = bytes;
            break;
        }
    return 0;
}
int cuMemFree_v2(address at) {
    CALL();
    READY();
    for (int i = 0; i < 64; i++) if (blocks[i].at == at) blocks[i].at = 0;
    for (int i = 0; i < BLAS_HANDLES; i++) if (blas_of[i].workspace == at) blas_of[i].workspace = 0;
    free((void*)at);
    allocations--;
    return 0;
}
int cuPointerGetAttribute(void* value, int attribute, address at) {
    CALL("%d", attribute);
    READY();
    for (int i = 0; i < 64; i++) {
        if (!blocks[i].at || at < blocks[i].at || at >= blocks[i].at + blocks[i].bytes) continue;
        if (attribute == 2) *(unsigned*)value = setting("memory type", 2);
        else if (attribute == 9) *(int*)value = setting("memory device", ordinal);
        else if (attribute == 11) *(address*)value = blocks[i].at;
        else if (attribute == 12) *(size_t*)value = blocks[i].bytes;
        else return 1;
        return 0;
    }
    return 1;
}
int cuMemGetInfo_v2(size_t* available, size_t* total) {
    CALL();
    READY();
    *available = 4000000000u;
    *total = 5000000000u;
    return 0;
}
int cuMemcpyHtoDAsync_v2(address to, const void* from, size_t bytes, handle stream) {
    CALL("%zu", bytes);
    READY();
    NEED(IS_STREAM(stream) && !capturing, 400);
    memcpy((void*)to, from, bytes);
    return 0;
}
int cuMemcpyDtoHAsync_v2(void* to, address from, size_t bytes, handle stream) {
    CALL("%zu", bytes);
    READY();
    NEED(IS_STREAM(stream) && !capturing, 400);
    memcpy(to, (const void*)from, bytes);
    return 0;
}
int cuMemcpyDtoDAsync_v2(address to, address from, size_t bytes, handle stream) {
    CALL("%zu", bytes);
    READY();
    NEED(IS_STREAM(stream), 400);
    return submit(stream, (struct operation){.kind = 0, .a = to, .b = from, .n = bytes});
}
int cuMemsetD8Async(address to, unsigned char value, size_t bytes, handle stream) {
    CALL("%d %zu", value, bytes);
    READY();
    NEED(IS_STREAM(stream), 400);
    return submit(stream, (struct operation){.kind = 1, .a = to, .n = bytes, .count = value});
}
int cuStreamCreate(handle* stream, unsigned flags) {
    CALL("%u", flags);
    READY();
    int place = created++ > 0;
    has_stream[place]++;
    *stream = STREAM + place;
    return 0;
}
int cuStreamDestroy_v2(handle stream) {
    CALL("%s", ON(stream));
    READY();
    NEED(IS_OWN_STREAM(stream), 400);
    has_stream[stream - STREAM]--;
    return 0;
}
int cuStreamGetCtx(handle stream, handle* context) {
    CALL();
    READY();
    NEED(IS_STREAM(stream) || stream == FOREIGN_STREAM, 400);
    *context = stream == STREAM ? CONTEXT : stream == LENT_STREAM ? LENT_CONTEXT : 0xAB;
    return 0;
}
#define FIRST_EVENT 0xE700
#define OF_EVENT(x) ((x) == LENT_EVENT ? "lent" : "")
#define IS_EVENT(x) ((x) == LENT_EVENT || IS_OWN_EVENT(x))
#define IS_OWN_EVENT(x) ((x) >= FIRST_EVENT && (x) < FIRST_EVENT + 64 && alive[(x) - FIRST_EVENT])
int cuEventCreate(handle* happening, unsigned flags) {
    CALL("%u", flags);
    READY();
    NEED(!capturing, 900);
    int place = 0;
    while (place < 63 && alive[place]) place++;
    alive[place] = 1;
    events++;
    *happening = FIRST_EVENT + place;
    return 0;
}
int cuStreamWaitEvent(handle stream, handle happening, unsigned flags) {
    CALL("%u %s%s", flags, OF_EVENT(happening), ON(stream));
    READY();
    NEED(IS_EVENT(happening) && IS_STREAM(stream), 400);
    NEED(flags == 0, 1);
    if (happening == LENT_EVENT) return 0;
    int place = happening - FIRST_EVENT;
    if (stream == SIDE) {
        NEED(of_event[place].late < 0, 1);
        is_side_recorded = of_event[place].is_recorded;
        seen = of_event[place].given;
        return 0;
    }
    NEED(of_event[place].is_recorded == capturing, 905);
    int ended = of_event[place].late;
    for (int i = 0; i < ended; i++) submit_now(late.list[i]);
    if (ended > 0) memmove(late.list, late.list + ended, (late.length -= ended) * sizeof late.list[0]);
    return 0;
}
int cuEventRecord(handle happening, handle stream) {
    CALL("%s%s", OF_EVENT(happening), ON(stream));
    READY();
    NEED(IS_EVENT(happening) && IS_STREAM(stream), 400);
    if (happening == LENT_EVENT) return 0;
    int place = happening - FIRST_EVENT;
    of_event[place].given = given;
    of_event[place].late = stream == SIDE ? late.length : -1;
    of_event[place].is_recorded = stream == SIDE ? is_side_recorded : capturing;
    return 0;
}
int cuEventSynchronize(handle happening) {
    CALL();
    READY();
    NEED(IS_OWN_EVENT(happening), 400);
    NEED(!capturing, 900);
    return 0;
}
int cuEventDestroy_v2(handle happening) {
    CALL();
    READY();
    NEED(IS_OWN_EVENT(happening), 400);
    alive[happening - FIRST_EVENT] = 0;
    events--;
    return 0;
}
int cuStreamBeginCapture_v2(handle stream, int mode) {
    CALL("%d", mode);
    READY();
    NEED(IS_STREAM(stream), 400);
    capturing = 1;
    recording.length = 0;
    return 0;
}
int cuStreamEndCapture(handle stream, handle* graph) {
    int unjoined = late.length;
    capturing = is_side_recorded = late.length = 0;
    CALL();
    READY();
    NEED(IS_STREAM(stream), 400);
    NEED(unjoined == 0, 904);
    graphs++;
    *graph = 0x6A;
    return 0;
}
int cuGraphInstantiateWithFlags(handle* executable, handle graph, unsigned long long flags) {
    CALL("%llu", flags);
    READY();
    NEED(graph == 0x6A, 400);
    memcpy(&graph_store, &recording, sizeof recording);
    executables++;
    *executable = 0x6E;
    return 0;
}
#ifndef WITHOUT_GRAPH_LAUNCH
int cuGraphLaunch(handle executable, handle stream) {
    CALL();
    READY();
    NEED(executable == 0x6E && IS_STREAM(stream), 400);
    given++;
    for (int i = 0; i < graph_store.length; i++) run(&graph_store.list[i]);
    return 0;
}
#endif
int cuGraphExecDestroy(handle executable) { CALL(); READY(); NEED(executable == 0x6E, 400); executables--; return 0; }
int cuGraphDestroy(handle graph) { CALL(); READY(); NEED(graph == 0x6A, 400); graphs--; return 0; }
int cuModuleLoadData(handle* module, const void* image) {
    const char* text = image;
    CALL("%.*s", (int)strcspn(text, "\n"), text);
    READY();
    NEED(!strncmp(text, "CUBIN sm_", 9) || !strncmp(text, "PTX compute_", 12), 200);
    modules++;
    *module = (handle)strdup(text);
    return 0;
}
int cuModuleUnload(handle module) { CALL(); READY(); free((void*)module); modules--; return 0; }
int cuModuleGetFunction(handle* function, handle module, const char* name) {
    CALL("%s", name);
    READY();
    char declared[100];
    snprintf(declared, sizeof declared, " %s(", name);
    NEED(strstr((const char*)module, declared), 500);
    *function = !strcmp(name, "scale") ? 0xF1 : !strcmp(name, "fault") ? 0xF2 : 0xF3;
    return 0;
}
int cuFuncSetAttribute(handle function, int attribute, int value) {
    CALL("%d %d", attribute, value);
    READY();
    NEED(!capturing, 900);
    NEED(function >= 0xF1 && attribute == 8 && value <= 227 * 1024, 1);
    shared_limit = value;
    return 0;
}
static int launch(handle stream, handle function, unsigned blocks, unsigned threads, unsigned shared, void** parameters) {
    NEED((int)shared <= shared_limit && blocks > 0 && threads > 0 && threads <= 1024, 1);
    struct { float* data; float factor; int count; } argument;
    if (function == 0xF1) {
        memcpy(&argument, parameters[0], sizeof argument);
        int all = blocks * threads;
        return submit(stream, (struct operation){.kind = 2, .a = (address)argument.data, .factor = argument.factor,
            .count = argument.count < all ? argument.count : all});
    }
    return function == 0xF2 ? submit(stream, (struct operation){.kind = 3}) : 0;
}
int cuLaunchKernel(handle function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
    unsigned shared, handle stream, void** parameters, void** extra) {
    CALL("%u %u %u %u %u %u %u", gx, gy, gz, bx, by, bz, shared);
    READY();
    NEED(IS_STREAM(stream) && !extra, 400);
    return launch(stream, function, gx * gy * gz, bx * by * bz, shared, parameters);
}
struct launch_attribute { int id; char pad[4]; union { char all[64]; int allowed; } value; };
struct launch_config {
    unsigned gx, gy, gz, bx, by, bz, shared;
    handle stream;
    struct launch_attribute* attributes;
    unsigned count;
};
int cuLaunchKernelEx(const struct launch_config* c, handle function, void** parameters, void** extra) {
    CALL("%u %u %u %u %u %u %u, %d %d", c->gx, c->gy, c->gz, c->bx, c->by, c->bz, c->shared, c->attributes->id, c->attributes->value.allowed);
    READY();
    NEED(IS_STREAM(c->stream) && !extra, 400);
    NEED(c->count == 1 && c->attributes->id == 6 && c->attributes->value.allowed == 1, 1);
    NEED(!capturing || setting("driver", 12040) >= 12030, 801);
    return launch(c->stream, function, c->gx * c->gy * c->gz, c->bx * c->by * c->bz, c->shared, parameters);
}

// --- NVRTC.

struct program { char *source, *log, *headers; char architecture[32]; int compiled; };

const char* nvrtcGetErrorString(int status) { return status == 1 ? "NVRTC_ERROR_OUT_OF_MEMORY" : "NVRTC_ERROR_FAKE"; }
int nvrtcVersion(int* major, int* minor) { CALL(); *major = 12; *minor = setting("nvrtc", 4); return 0; }
int nvrtcGetNumSupportedArchs(int* count) { CALL(); *count = 4; return 0; }
int nvrtcGetSupportedArchs(int* list) { CALL(); memcpy(list, (int[]){75, 80, 86, 90}, 4 * sizeof(int)); return 0; }
int nvrtcCreateProgram(struct program** program, const char* source, const char* name, int count,
    const char* const* headers, const char* const* names) {
    CALL("%s %d", name, count);
    struct program* p = calloc(1, sizeof *p);
    p->source = strdup(source);
    p->headers = strdup("\n");
    for (int i = 0; i < count; i++) {
        char* more;
        if (asprintf(&more, "%s%s=%s\n", p->headers, names[i], headers[i]) < 0) return 1;
        free(p->headers);
        p->headers = more;
    }
    programs++;
    *program = p;
    return 0;
}
int nvrtcCompileProgram(struct program* p, int count, const char* const* options) {
    CALL();
    note("options");
    for (int i = 0; i < count; i++) note(" %s", options[i]);
    note("\n");
    if (sscanf(options[0], "--gpu-architecture=%31s", p->architecture) != 1) return 5;
    for (const char* at = p->source; (at = strstr(at, "#include \"")); at++) {
        char name[64], line[80];
        sscanf(at, "#include \"%63[^\"]", name);
        snprintf(line, sizeof line, "\n%s=", name);
        if (!strstr(p->headers, line)) {
            if (asprintf(&p->log, "error: cannot open source file \"%s\"\n", name) < 0) return 1;
            return 6;
        }
    }
    if (strstr(p->source, "#error")) {
        p->log = strdup("wrong.cu(1): error: #error directive: nöthing works\n");
        return 6;
    }
    p->compiled = 1;
    return 0;
}
static int write_code(struct program* p, char* to, size_t* size, const char* kind, int zero) {
    NEED(p->compiled, 4);
    char* text;
    int length = asprintf(&text, "%s %s\n%s%c", kind, p->architecture, p->source, 0) - (zero ? 0 : 1);
    if (size) *size = length;
    else memcpy(to, text, length);
    free(text);
    return 0;
}
int nvrtcGetCUBINSize(struct program* p, size_t* size) {
    CALL();
    if (strncmp(p->architecture, "sm_", 3)) return 4;
    return write_code(p, 0, size, "CUBIN", 1);
}
int nvrtcGetCUBIN(struct program* p, char* to) { CALL(); return write_code(p, to, 0, "CUBIN", 1); }
int nvrtcGetPTXSize(struct program* p, size_t* size) { CALL(); return write_code(p, 0, size, "PTX", 1); }
int nvrtcGetPTX(struct program* p, char* to) { CALL(); return write_code(p, to, 0, "PTX", 1); }
int nvrtcGetProgramLogSize(struct program* p, size_t* size) { CALL(); *size = p->log ? strlen(p->log) + 1 : 1; return 0; }
int nvrtcGetProgramLog(struct program* p, char* to) { CALL(); strcpy(to, p->log ? p->log : ""); return 0; }
int nvrtcDestroyProgram(struct program** program) {
    CALL();
    free((*program)->source);
    free((*program)->headers);
    free((*program)->log);
    free(*program);
    *program = 0;
    programs--;
    return 0;
}

// --- cuBLAS.

const char* cublasGetStatusString(int status) {
    return status == 3 ? "CUBLAS_STATUS_ALLOC_FAILED" : "CUBLAS_STATUS_FAKE";
}
int cublasGetProperty(int property, int* value) { CALL("%d", property); *value = (int[]){setting("blas major", 12), setting("blas", 4), 5}[property]; return 0; }
#define IS_BLAS(x) ((x) >= BLAS && (x) < BLAS + BLAS_HANDLES && blas_of[(x) - BLAS].exists)
int cublasCreate_v2(handle* blas) {
    CALL();
    READY();
    int place = 0;
    while (place < BLAS_HANDLES && blas_of[place].exists) place++;
    NEED(place < BLAS_HANDLES, 3);
    blas_of[place].exists = 1;
    blas_of[place].workspace = 0;
    *blas = BLAS + place;
    return 0;
}
int cublasDestroy_v2(handle blas) {
    CALL();
    NEED(IS_BLAS(blas), 1);
    blas_of[blas - BLAS].exists = 0;
    return 0;
}
int cublasSetStream_v2(handle blas, handle stream) {
    CALL("%s", ON(stream));
    NEED(IS_BLAS(blas) && IS_STREAM(stream), 7);
    blas_of[blas - BLAS].stream = stream;
    blas_of[blas - BLAS].workspace = 0;
    return 0;
}
int cublasSetWorkspace_v2(handle blas, void* workspace, size_t bytes) {
    CALL("%zu", bytes);
    NEED(IS_BLAS(blas) && workspace && (uintptr_t)workspace % 256 == 0, 7);
    for (int i = 0; i < BLAS_HANDLES; i++) NEED(!blas_of[i].exists || blas_of[i].workspace != (address)workspace, 7);
    blas_of[blas - BLAS].workspace = (address)workspace;
    return 0;
}
int cublasSetMathMode(handle blas, int mode) { CALL("%d", mode); NEED(IS_BLAS(blas), 1); return 0; }
int cublasSetAtomicsMode(handle blas, int mode) { CALL("%d", mode); NEED(IS_BLAS(blas), 1); return 0; }
int cublasSgemmStridedBatched(handle blas, int ta, int tb, int m, int n, int k, const float* alpha, const float* a, int lda,
    long long stride_a, const float* b, int ldb, long long stride_b, const float* beta, float* c, int ldc,
    long long stride_c, int batch) {
    handle stream = IS_BLAS(blas) ? blas_of[blas - BLAS].stream : 0;
    CALL("%d %d %d %d %d%s%s", ta, tb, m, n, k, stream == SIDE ? " " : "", ON(stream));
    READY();
    NEED(IS_BLAS(blas), 1);
    NEED(blas_of[blas - BLAS].workspace, 14);
    NEED(lda >= (ta ? k : m) && ldb >= (tb ? n : k) && ldc >= m && batch >= 0, 7);
    return submit(stream, (struct operation){.kind = 4, .a = (address)a, .b = (address)b, .c = (address)c, .factor = *alpha, .beta = *beta,
        .count = batch, .dims = {ta, tb, m, n, k, lda, ldb, ldc}, .strides = {stride_a, stride_b, stride_c}});
}
