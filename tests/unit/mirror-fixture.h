/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mirror-fixture.h: a catalogue of our own, and one that it is told to: a schema of its own at the
 * server of TYTO_TEST_POSTGRESQL. */
#pragma once

#include "store/tyto-catalogue-mirror.h"
#include "store/tyto-sql.h"
#include "test-catalogue-suite.h"

typedef struct {
  char *storage;
  char *path;
  char *uri;
  TytoCatalogue *source;
  TytoCatalogueMirror *mirror; /* nullable */
  guint n_failing;
  guint n_recovered;
} MirrorFixture;

void mirror_fixture_set_up (MirrorFixture *self, gconstpointer data);
void mirror_fixture_tear_down (MirrorFixture *self, gconstpointer data);
void mirror_fixture_start (MirrorFixture *self, const char *uri, const char *recorder);
void mirror_fixture_stop (MirrorFixture *self);
gboolean mirror_fixture_flush (MirrorFixture *self, GError **error);
void mirror_fixture_flush_well (MirrorFixture *self);

/* Row by row, column by column. Gives how many there are. */
guint mirror_fixture_assert_equal (const char *path, const char *uri, const char *recorder);

/* A call that ends with tyto_catalogue_enter_finish(). */
#define MIRROR_ENTER(source, call)                                                                 \
  do {                                                                                             \
    g_autoptr (GAsyncResult) result = NULL;                                                        \
    g_autoptr (GError) why = NULL;                                                                 \
    call;                                                                                          \
    catalogue_await (&result);                                                                     \
    tyto_catalogue_enter_finish (source, result, &why);                                            \
    g_assert_no_error (why);                                                                       \
  } while (0)
