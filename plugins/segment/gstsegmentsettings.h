/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentformat.h"

G_BEGIN_DECLS

/**
 * GstSegmentEngineKind:
 * @GST_SEGMENT_ENGINE_FRAGMENTS: our own writer of fragmented MP4, apart from streaming threads
 * @GST_SEGMENT_ENGINE_SPLITMUXSINK: splitmuxsink with mp4mux; ts and mkv know no other
 */
typedef enum {
  GST_SEGMENT_ENGINE_FRAGMENTS,
  GST_SEGMENT_ENGINE_SPLITMUXSINK,
} GstSegmentEngineKind;

#define GST_TYPE_SEGMENT_ENGINE_KIND (gst_segment_engine_kind_get_type ())
GType gst_segment_engine_kind_get_type (void);

/* What a run records as: fixed from READY on. Strings are owned. */
typedef struct {
  gchar *location;
  gchar *root;
  gchar *camera;
  gchar *run;
  GstSegmentFormat format;
  guint fragment_ms;     /* ms */
  guint segment_seconds; /* s */
  guint64 start_sequence;
  GstSegmentEngineKind engine; /* asked for */
  guint sync_ms;               /* ms between two fdatasync() of an open file */
  guint64 queue_bytes;         /* bytes that may wait for the disk */
  guint64 floor_bytes;         /* bytes that stay free on the disk; 0: none */
  guint floor_percent;         /* of the disk that stays free; 0: none */
  gint64 not_before;           /* µs since the epoch: no label is before it, within reason */
} GstSegmentSettings;

/* Sets what is not asked for otherwise. */
void gst_segment_settings_init (GstSegmentSettings *settings);
void gst_segment_settings_copy (GstSegmentSettings *to, const GstSegmentSettings *from);
void gst_segment_settings_clear (GstSegmentSettings *settings);

/* The ids of the properties below this are the settings'. */
#define GST_SEGMENT_SETTINGS_N_PROPERTIES 32

/* Gives the class a property for each setting. */
void gst_segment_settings_install (GObjectClass *object_class);

/* Sets or gets a property. Returns: %FALSE when @id is none of a setting. */
gboolean gst_segment_settings_set (GstSegmentSettings *settings, guint id, const GValue *value);
gboolean gst_segment_settings_get (const GstSegmentSettings *settings, guint id, GValue *value);

G_END_DECLS
