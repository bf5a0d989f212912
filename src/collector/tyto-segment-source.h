/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-segment-source.h: where the segments of a broadcast come from: a bucket, or a web server.
 *
 * Errors (TYTO_ERROR): NOT_FOUND, FORBIDDEN, WRONG_STATE, RANGE: the source has it not; TIMED_OUT;
 * UNAVAILABLE and others: the source is away; INVALID_ARGUMENT, UNSUPPORTED, TOO_LARGE: it can
 * never be had.
 */
#pragma once

#include "collector/tyto-source-view.h"

G_BEGIN_DECLS

/* How hard to look. */
typedef enum {
  TYTO_LOOK_PLAYLIST, /* at what a playlist names, where that costs less */
  TYTO_LOOK_WHOLE,    /* at all there is */
  TYTO_LOOK_LAST,     /* at all there is, and nothing more will come */
} TytoLook;

#define TYTO_TYPE_SEGMENT_SOURCE (tyto_segment_source_get_type ())
G_DECLARE_INTERFACE (TytoSegmentSource, tyto_segment_source, TYTO, SEGMENT_SOURCE, GObject)

/**
 * TytoSourceBody: a segment that comes.
 * @length: of @stream, bytes, -1 when not told
 * @etag, @made_us: "", -1 when not told
 */
typedef struct {
  GInputStream *stream;
  gint64 length;
  char *etag;
  gint64 made_us;
} TytoSourceBody;

void tyto_source_body_free (TytoSourceBody *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoSourceBody, tyto_source_body_free)

struct _TytoSegmentSourceInterface {
  GTypeInterface parent_iface;

  void (*look_async) (TytoSegmentSource *self, TytoLook depth, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data);
  GPtrArray *(*look_finish) (TytoSegmentSource *self, GAsyncResult *result, GError **error);
  void (*open_async) (TytoSegmentSource *self, const TytoSourceEntry *entry,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  TytoSourceBody *(*open_finish) (TytoSegmentSource *self, GAsyncResult *result, GError **error);
  TytoSourceEntry *(*locate) (TytoSegmentSource *self, guint rendition, const char *name);
};

/* What there is; a view says whether it is all. Finish: (element-type TytoSourceView) (transfer
 * full): rendition 0, then 1 where there is one; none: it cannot be said yet. One look at a time.
 */
void
tyto_segment_source_look_async (TytoSegmentSource *self, TytoLook depth, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *
tyto_segment_source_look_finish (TytoSegmentSource *self, GAsyncResult *result, GError **error);

void tyto_segment_source_open_async (TytoSegmentSource *self, const TytoSourceEntry *entry,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
TytoSourceBody *
tyto_segment_source_open_finish (TytoSegmentSource *self, GAsyncResult *result, GError **error);

/* How the segment called @name may still be had, though it is not seen any more. (transfer full)
 * (nullable) */
TytoSourceEntry *
tyto_segment_source_locate (TytoSegmentSource *self, guint rendition, const char *name);

G_END_DECLS
