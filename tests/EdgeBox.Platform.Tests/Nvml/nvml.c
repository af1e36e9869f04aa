/* What NVIDIA's management library says of a machine with two GPUs, one of them too old to count its energy. */
#include <string.h>

typedef struct nvmlDevice_st *nvmlDevice_t;
static int opened;
static unsigned long long energy = 1000;

int nvmlInit_v2(void) { opened++; return 0; }
int nvmlShutdown(void) { opened--; return 0; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 2; return opened > 0 ? 0 : 1; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) { *device = (nvmlDevice_t)(unsigned long)(index + 1); return index < 2 ? 0 : 2; }
int nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length)
{
    strncpy(name, (unsigned long)device == 1 ? "NVIDIA A100-SXM4-80GB" : "Tesla K80", length);
    return 0;
}
int nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *total)
{
    if (opened <= 0) return 1;
    if ((unsigned long)device == 2) return 3;
    *total = energy;
    energy += 2500;
    return 0;
}
