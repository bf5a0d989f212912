/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-stream-counter-private.h: what the files of #TytoStreamCounter share. */
#pragma once

#include "recorder/services/tyto-stream-counter.h"
#include "recorder/services/tyto-stream-releases.h"

G_BEGIN_DECLS

/* Groups of the state: camera → reservation; whose they are. */
#define TYTO_STREAM_RESERVED "reservations"
#define TYTO_STREAM_SERVICE  "stream-counter"

struct _TytoStreamCounter {
  GObject parent_instance;

  TytoSettings *settings;
  TytoServiceClient *client;
  TytoServiceState *state;
  TytoStreamReleases *releases;
  GHashTable *places; /* (element-type utf8 TytoStreamPlace): by camera */
  GCancellable *cancellable;
  guint64 last_call;
  gboolean stopping;
  guint stop_timer;
  GTask *stop; /* nullable */
};

/* One camera's place; belongs to the table. */
typedef struct {
  TytoStreamCounter *owner;
  char *camera;
  char *source;
  char *id; /* nullable: there is none yet */
  gboolean wanted;
  gboolean fresh; /* the reservation is of this process, and needs no heartbeat yet */
  gboolean refused;
  guint64 call;       /* number of the request under way; 0: none */
  GPtrArray *waiting; /* (element-type GTask): for a reservation, while there is none */
  guint timer;        /* the next heartbeat or try */
} TytoStreamPlace;

TytoStreamPlace *tyto_stream_place_new (TytoStreamCounter *owner, const char *camera);
void tyto_stream_place_free (gpointer place);

/* Arms the next step in its turn, if the camera is recorded. */
void tyto_stream_place_arm (TytoStreamPlace *self);
/* Makes a reservation, or keeps it alive; the answer arms the next time. */
void tyto_stream_place_next_step (TytoStreamPlace *self);
/* Has "refused" emitted. @why: NULL: it is not. */
void tyto_stream_place_set_refused (TytoStreamPlace *self, const char *why);

/* Those that wait (transfer full), to be answered when the place is touched no more: what they do
 * may end it. */
GPtrArray *tyto_stream_place_take_waiting (TytoStreamPlace *self);
/* Frees @waiting. @error: why there is no reservation (not taken), NULL: go on. */
void tyto_stream_place_answer (GPtrArray *waiting, const GError *error);

G_END_DECLS
