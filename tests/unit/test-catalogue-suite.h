/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * test-catalogue-suite.h: what every backend of the catalogue must do, written against the abstract
 * interface. A backend's test program registers the suite with its own factory.
 */
#pragma once

#include "store/tyto-catalogue.h"

/**
 * CatalogueFactory: an opened-to-be catalogue on storage of its own.
 * @data: what the suite was registered with
 * @storage: names the storage: the same one twice is the same database, with what is in it
 */
typedef TytoCatalogue *(*CatalogueFactory) (gpointer data, const char *storage);

/* Storage that nobody has used yet; the factory makes of it what it likes. (transfer full) */
char *catalogue_suite_new_storage (void);
void catalogue_suite_remove_storage (const char *storage);

/* Registers all cases under @prefix, such as "/catalogue/sqlite". */
void catalogue_suite_add (const char *prefix, CatalogueFactory factory, gpointer data);

/* --- Parts of the suite, one a file --- */
typedef struct {
  CatalogueFactory factory;
  gpointer data;
  char *storage;
  TytoCatalogue *catalogue; /* open */
} CatalogueFixture;

typedef void (*CatalogueCase) (CatalogueFixture *fixture);

typedef struct {
  const char *name;
  CatalogueCase run;
} CatalogueCaseEntry;

/* NULL-terminated by name. */
const CatalogueCaseEntry *catalogue_suite_entry_cases (void);
const CatalogueCaseEntry *catalogue_suite_listing_cases (void);
const CatalogueCaseEntry *catalogue_suite_queue_cases (void);
const CatalogueCaseEntry *catalogue_suite_upkeep_cases (void);
const CatalogueCaseEntry *catalogue_suite_wishes_cases (void);
const CatalogueCaseEntry *catalogue_suite_deliveries_cases (void);
const CatalogueCaseEntry *catalogue_suite_archive_cases (void);
const CatalogueCaseEntry *catalogue_suite_retention_cases (void);
const CatalogueCaseEntry *catalogue_suite_broadcasts_cases (void);
const CatalogueCaseEntry *catalogue_suite_expiry_cases (void);

/* Closes the fixture's catalogue and opens the same database anew. */
void catalogue_fixture_reopen (CatalogueFixture *self);

/* --- Records --- */
/* Segment @sequence of run "RUN-CAMERA", [@start_us, @start_us + @length_us), 10 frames and 1000
 * bytes. */
TytoSegment *
catalogue_test_segment (const char *camera, guint64 sequence, gint64 start_us, gint64 length_us);

/* --- Calls that wait for their answer in the main loop; @error as the finish function's --- */
gboolean catalogue_open (TytoCatalogue *self, GError **error);
gboolean
catalogue_enter_camera (TytoCatalogue *self, const char *camera, const char *name, GError **error);
gboolean catalogue_enter_run (TytoCatalogue *self, TytoRun *run, GError **error);
gboolean catalogue_end_run (TytoCatalogue *self, TytoRun *run, GError **error);
gboolean catalogue_enter_segment (TytoCatalogue *self, TytoSegment *segment, GError **error);
gboolean catalogue_enter_thumbnail (TytoCatalogue *self, const char *camera, gint64 taken_us,
                                    const char *path, GError **error);
gint64 catalogue_enter_gap (TytoCatalogue *self, TytoGap *gap, GError **error);
gboolean catalogue_end_gap (TytoCatalogue *self, gint64 id, gint64 end_us, GError **error);
GPtrArray *catalogue_list_segments (TytoCatalogue *self, const TytoCatalogueQuery *query,
                                    char **next_cursor, GError **error);
GPtrArray *catalogue_list_gaps (TytoCatalogue *self, const TytoCatalogueQuery *query,
                                char **next_cursor, GError **error);
TytoSegment *catalogue_get_segment (TytoCatalogue *self, const char *id, GError **error);
char *catalogue_latest_thumbnail (TytoCatalogue *self, const char *camera, gint64 *taken_us,
                                  GError **error);
GPtrArray *catalogue_list_totals (TytoCatalogue *self, GError **error);

/* Keeps its result in @result_location (GAsyncResult **). */
void catalogue_keep_result (GObject *source, GAsyncResult *result, gpointer result_location);
/* Runs the main loop until @result is there. */
void catalogue_await (GAsyncResult **result);
