/* SPDX-License-Identifier: ISC */
/* Steps of making a processor ready that do not depend on the privilege level. */
#ifndef PYMIRAGE_PROCESSOR_H
#define PYMIRAGE_PROCESSOR_H

#include "hvt.h"

/* Asks KVM for the CPUID that it supports, which takes longest of all its calls: a job, with the struct vm. */
void processor_ask_features(void *vm);

/* Gives it to the guest. */
void processor_features(struct vm *vm);

/*
 * Lets the guest use vectors of more than 128 bits, as wide as KVM supports them. False when it supports none; true
 * asks for CR4.OSXSAVE.
 */
bool processor_widen_vectors(struct vm *vm);

void processor_start(struct vm *vm, const struct kvm_sregs *system, const struct kvm_regs *registers);

#endif
