/* SPDX-License-Identifier: ISC */
/* Steps of making a processor ready that do not depend on the privilege level. */
#ifndef PYMIRAGE_PROCESSOR_H
#define PYMIRAGE_PROCESSOR_H

#include "hvt.h"

/* Gives the guest the CPUID that KVM supports. */
void processor_features(struct vm *vm);

void processor_start(struct vm *vm, const struct kvm_sregs *system, const struct kvm_regs *registers);

#endif
