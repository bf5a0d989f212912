/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-capture-memory.h: what one camera was told to do and what it last told, for a client that
 * comes later: its entry in the answer to org.tyto.Worker1.Attach. */
#pragma once

#include "worker/tyto-worker-news-log.h"

G_BEGIN_DECLS

/* TytoCaptureMemory: owned by one #TytoWorkerTeller. */
typedef struct _TytoCaptureMemory TytoCaptureMemory;

/* @settings: AddCamera's. Of the password nothing is kept but the digest. */
TytoCaptureMemory *tyto_capture_memory_new (GVariant *settings);
void tyto_capture_memory_free (TytoCaptureMemory *self);

void tyto_capture_memory_take_state (TytoCaptureMemory *self, const char *state, GVariant *details);
void
tyto_capture_memory_take_news (TytoCaptureMemory *self, TytoWorkerNewsKind kind, GVariant *dict);

/* It is being let go: who attaches now cannot count on it, whatever its settings. */
void tyto_capture_memory_let_go (TytoCaptureMemory *self);

/* The state last told, and its @details (transfer full). (transfer none) */
const char *tyto_capture_memory_get_state (TytoCaptureMemory *self, GVariant **details);

/* (a{sv}, floating) */
GVariant *tyto_capture_memory_to_variant (TytoCaptureMemory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoCaptureMemory, tyto_capture_memory_free)

G_END_DECLS
