/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* s3-stub.h: an HTTP server in a thread of its own that answers as a test says, and a client of it.
 * For answers that real S3 servers do not give; those are asked in tests/integration. */
#pragma once

#include "store/s3/tyto-s3-client.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Answers the request number @number (from 1). Runs in the server's thread. */
typedef void (*S3StubAnswer) (SoupServerMessage *message, guint number);

typedef struct {
  TytoS3Client *client;
  GThread *thread;
  GMainLoop *loop;
  SoupServer *server;
  S3StubAnswer answer;
  int requests; /* atomic */
  char *base;
} S3Stub;

S3Stub *s3_stub_new (S3StubAnswer answer);
void s3_stub_free (S3Stub *self);
guint s3_stub_requests (S3Stub *self);

/* Answers with @status and @body (copied). */
void s3_stub_respond (SoupServerMessage *message, guint status, const char *body);

/* A callback that keeps the result in a GAsyncResult *, and the wait for it, in this thread's
 * default main context. */
void s3_stub_keep (GObject *source, GAsyncResult *result, gpointer data);
GAsyncResult *s3_stub_wait (GAsyncResult **result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S3Stub, s3_stub_free)

G_END_DECLS
