/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A camera that answers RTSP requests as written down, for what no camera of ours does. */
typedef struct _CameraScript CameraScript;

/* What is done with the next request. */
typedef struct {
  const gchar *request; /* how it begins; BASE stands for rtsp(s)://127.0.0.1:PORT, PORT for
                         * its port */
  const gchar *answer;  /* "CODE REASON" and header lines, each but the last ended by "\n"; with
                         * BASE; NULL: none, and no more is read */
  const gchar *body;    /* nullable */
  const gchar *before;  /* nullable: sent before the answer as it is */
  gsize before_size;
  gboolean repeats; /* also with those that follow and begin so: who keeps a session alive does not
                     * wait for a test that is slow */
} CameraStep;

/* @steps: ended by one without request; @certificate: (nullable): speaks TLS with it */
CameraScript *camera_script_new (const CameraStep *steps, GTlsCertificate *certificate);
/* Fails the test when a step is left out. */
void camera_script_free (CameraScript *self);

/* Until a request holds @text, with BASE. */
void camera_script_wait_for (CameraScript *self, const gchar *text);
/* Ends the present connection, with a TCP reset if @reset. */
void camera_script_hang_up (CameraScript *self, gboolean reset);
/* All requests up to now, one behind the other. (transfer full) */
gchar *camera_script_get_requests (CameraScript *self);
/* @text with BASE filled in. (transfer full) */
gchar *camera_script_fill_in (CameraScript *self, const gchar *text);

/* Reads whom the system trusts, which the first to use TLS does else within its time-out: with the
 * sanitizers it takes seconds. */
void camera_script_prepare_tls (void);
/* Prepares TLS, too. A certificate for @host that nobody signed, kept in @file with its key.
 * (transfer full) */
GTlsCertificate *camera_script_make_certificate (const gchar *file, const gchar *host);

G_END_DECLS
