/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsts3uploadprivate.h: inside of an upload: gsts3upload.c has what all uploads do,
 * gsts3multipart.c the parts. All here is for the upload's own thread. */
#pragma once

#include "s3/gsts3pace.h"
#include "s3/gsts3part.h"
#include "s3/gsts3upload.h"

G_BEGIN_DECLS

struct _GstS3Upload {
  TytoS3Config *config;
  gchar *key;
  gchar *content_type;
  GHashTable *metadata;
  gchar *resume; /* (nullable) */
  guint parallel;
  gboolean compare_md5;
  gboolean confirm; /* has still to come, before parts are sent; own thread */
  guint64 total;
  GstS3UploadTell tell;
  gpointer user_data;
  GMainContext *context; /* of the thread */
  GThread *thread;

  guint pushed; /* by the caller's thread */
  gboolean ended;

  GMutex lock; /* guards up to bandwidth */
  GCond cond;
  gboolean flushing;
  gboolean done;
  guint held;    /* parts that wait or are being sent */
  GError *error; /* (nullable) */
  gchar *id;     /* (nullable) */
  gchar *etag;   /* (nullable) */
  guint64 bandwidth;

  GMainLoop *loop; /* all from here on: the upload's thread */
  TytoS3Client *client;
  GCancellable *cancellable;
  GCancellable *end_cancellable; /* of what has to be known to abort, and the abort */
  guint calls;                   /* requests under way */
  guint sending;                 /* parts among them */
  GQueue waiting;                /* of GstS3Part */
  GPtrArray *finished;           /* (element-type GstS3Part) */
  GHashTable *listed;            /* (nullable): number → TytoS3Part that the server had before */
  gboolean begun;                /* the multipart upload, or the single PUT */
  gboolean open;                 /* parts may be sent */
  gboolean last;                 /* no more are coming */
  gboolean closing;
  gboolean abort;
  guint64 sent;
  gint64 told_at;
  GstS3Meter meter;
  GstS3Pace pace;
  GSource *pause; /* (nullable): until more may be sent */
};

/* A request has its answer. Takes @error. Returns: whether to go on. */
gboolean gst_s3_upload_returned (GstS3Upload *self, GError *error);

/* Looks at the object, which is made of @self->finished, and is done. */
void gst_s3_upload_compare (GstS3Upload *self);

/* Calls @then, which clears self->pause, after @us. */
void gst_s3_upload_pause (GstS3Upload *self, gint64 us, GSourceFunc then);
/* @bytes are sent from now on: more only when the limit of bandwidth has them paid. */
void gst_s3_upload_spend (GstS3Upload *self, guint64 bytes);

/* The next part: takes it. */
void gst_s3_multipart_add (GstS3Upload *self, GstS3Part *part);
/* No more parts are coming. */
void gst_s3_multipart_end (GstS3Upload *self);
/* Parts may be sent to a new multipart upload. */
void gst_s3_multipart_confirm (GstS3Upload *self);

G_END_DECLS
