/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-segment-source.h"

G_DEFINE_INTERFACE (TytoSegmentSource, tyto_segment_source, G_TYPE_OBJECT)

static void
tyto_segment_source_default_init (TytoSegmentSourceInterface *iface)
{
}

void
tyto_source_body_free (TytoSourceBody *self)
{
  g_clear_object (&self->stream);
  g_free (self->etag);
  g_free (self);
}

void
tyto_segment_source_look_async (TytoSegmentSource *self, TytoLook depth, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  TYTO_SEGMENT_SOURCE_GET_IFACE (self)->look_async (self, depth, cancellable, callback, user_data);
}

GPtrArray *
tyto_segment_source_look_finish (TytoSegmentSource *self, GAsyncResult *result, GError **error)
{
  return TYTO_SEGMENT_SOURCE_GET_IFACE (self)->look_finish (self, result, error);
}

void
tyto_segment_source_open_async (TytoSegmentSource *self, const TytoSourceEntry *entry,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  TYTO_SEGMENT_SOURCE_GET_IFACE (self)->open_async (self, entry, cancellable, callback, user_data);
}

TytoSourceBody *
tyto_segment_source_open_finish (TytoSegmentSource *self, GAsyncResult *result, GError **error)
{
  return TYTO_SEGMENT_SOURCE_GET_IFACE (self)->open_finish (self, result, error);
}

TytoSourceEntry *
tyto_segment_source_locate (TytoSegmentSource *self, guint rendition, const char *name)
{
  return TYTO_SEGMENT_SOURCE_GET_IFACE (self)->locate (self, rendition, name);
}
