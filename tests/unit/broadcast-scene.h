/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* broadcast-scene.h: broadcasts over a real catalogue, with processes that do what a test tells
 * them (broadcast-stand-in.c). */
#pragma once

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/broadcasts/tyto-broadcasts.h"

G_BEGIN_DECLS

#define SCENE_KEY    "stream-key_1"
#define SCENE_STREAM "bb52ba50-edc5-4056-a62c-6ef211d72d25"
#define SCENE_OTHER  "a781b655-d4e4-46a0-89da-c4f655bb24f0"
#define SCENE_T      G_GINT64_CONSTANT (1700000000000000)

typedef struct {
  char *directory;
  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoAlerts *alerts;
  TytoBroadcasts *broadcasts;
  GPtrArray *told; /* (element-type utf8): "added", "recording" …: statuses as they were told */
} Scene;

void scene_init (void);                                  /* once: warnings are expected */
void scene_set_up (Scene *self, gconstpointer settings); /* further lines of the settings */
void scene_tear_down (Scene *self, gconstpointer data);

/* A new one over the same catalogue, as after a crash: nothing was told to end. */
void scene_restart (Scene *self);

/* What the processes are to do: see broadcast-stand-in.c. */
void scene_order (Scene *self, const char *name, const char *text);
/* The lines of "calls" that begin with @what. */
guint scene_count_calls (Scene *self, const char *what);
char *scene_read_calls (Scene *self);

/* An event by webhook; waits until it is taken. */
void scene_tell (Scene *self, gboolean started, const char *stream, gint64 at_us);
/* The broadcasts there are, the newest first (aa{sv}). (transfer full) */
GVariant *scene_list (Scene *self);
/* Number @i of them (a{sv}). (transfer full) */
GVariant *scene_get (Scene *self, guint i);
/* Waits until member @member of number @i is @text. */
void scene_await (Scene *self, guint i, const char *member, const char *text);
/* Runs the main loop until @done says so. */
void scene_run (Scene *self, gboolean (*done) (Scene *self, gpointer data), gpointer data);
/* Waits until @call's answer is there. (transfer full) NULL with @error. */
typedef void (*SceneCall) (TytoBroadcasts *broadcasts, const char *id, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
GVariant *scene_call (Scene *self, SceneCall call, const char *id, GError **error);
void scene_keep (GObject *source, GAsyncResult *result, gpointer data); /* @data: GAsyncResult ** */
GVariant *scene_finish (Scene *self, GAsyncResult **result, GError **error);
gboolean scene_stands (Scene *self, const char *kind);

G_END_DECLS
