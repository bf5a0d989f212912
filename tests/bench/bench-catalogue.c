/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * bench-catalogue.c: how fast a catalogue of many segments answers.
 *
 * bench-catalogue fill FILE SEGMENTS CAMERAS: makes a SQLite catalogue of that size, 5 minutes a
 * segment, in transactions of 10,000.
 * bench-catalogue copy FILE URI: copies it.
 * bench-catalogue ask URI QUERIES INSERTS: asks for random days of random cameras and for what is
 * to be deleted first, and enters segments. Prints a JSON object.
 */
#include "base/tyto-error.h"
#include "store/tyto-catalogue-copy.h"
#include "store/tyto-catalogue-postgresql.h"
#include "store/tyto-catalogue-retention.h"
#include "store/tyto-sql-migration.h"
#include "store/tyto-sql-sqlite.h"
#include "base/tyto-id.h"

#include <stdlib.h>

#define SEGMENT_US (300 * (gint64) G_USEC_PER_SEC)
#define DAY_US     (24 * 3600 * (gint64) G_USEC_PER_SEC)
#define FIRST_US   (1700000000 * (gint64) G_USEC_PER_SEC)

static void
check (const GError *error)
{
  if (error != NULL)
    g_error ("%s", error->message);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer location)
{
  *(GAsyncResult **) location = g_object_ref (result);
}

static void
await (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* --- A catalogue of that size --- */

static void
fill (const char *path, gint64 n_segments, gint64 n_cameras)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSql) db = tyto_sql_sqlite_open (path, &error);

  check (error);
  tyto_sql_migrate (db, path, &error);
  tyto_sql_script (db,
                   "PRAGMA synchronous = OFF;" /* only while it is made */
                   "CREATE TEMP TABLE n AS WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL"
                   " SELECT i + 1 FROM c WHERE i < 9999) SELECT i FROM c",
                   &error);
  tyto_sql_run (db, &error,
                "INSERT INTO cameras (id, name) SELECT printf ('camera-%03d', i), '' FROM n"
                " WHERE i < ?1",
                "x", n_cameras);
  tyto_sql_script (db,
                   "INSERT INTO runs (id, camera, stream, start_us) SELECT 'RUN-' || id, id,"
                   " 'main', 0 FROM cameras",
                   &error);
  for (gint64 first = 0; first < n_segments && error == NULL; first += 10000)
    tyto_sql_run (
        db, &error,
        "INSERT INTO segments (id, camera, stream, run, sequence, path, format, video_codec,"
        " audio_codec, start_us, end_us, monotonic_ns, duration_ns, frames, key_frames,"
        " audio_frames, bytes, packets_lost) SELECT printf ('RUN-camera-%03d.%06d', c, s),"
        " printf ('camera-%03d', c), 'main', printf ('RUN-camera-%03d', c), s,"
        " printf ('/var/lib/tyto/recordings/camera-%03d/%06d.mp4', c, s), 'mp4', 'h264', '',"
        " ?3 + s * ?4, ?3 + (s + 1) * ?4, 0, ?4 * 1000, 7500, 300, 0, 75000000, 0"
        " FROM (SELECT (?1 + i) % ?2 AS c, (?1 + i) / ?2 AS s FROM n)",
        "xxxx", first, n_cameras, FIRST_US, SEGMENT_US);
  tyto_sql_script (db, "PRAGMA wal_checkpoint(TRUNCATE)", error == NULL ? &error : NULL);
  check (error);
}

/* --- Asking --- */

typedef struct {
  TytoCatalogue *catalogue;
  gint64 n_cameras;
  gint64 last_us; /* end of the newest */
} Bench;

typedef guint (*Question) (Bench *bench, const char *camera);

static guint
count_rows (GPtrArray *rows, GError *error)
{
  guint n_rows;

  check (error);
  n_rows = rows->len;
  g_ptr_array_unref (rows);
  return n_rows;
}

static guint
ask_day (Bench *bench, const char *camera)
{
  gint64 from_us = g_random_double_range (FIRST_US, MAX (bench->last_us - DAY_US, FIRST_US + 1));
  TytoCatalogueQuery query = { camera, from_us, from_us + DAY_US, NULL, 1000, TRUE };
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *cursor = NULL;
  GError *error = NULL;
  GPtrArray *rows;

  tyto_catalogue_list_segments_async (bench->catalogue, &query, NULL, keep_result, &result);
  await (&result);
  rows = tyto_catalogue_list_segments_finish (bench->catalogue, result, &cursor, &error);
  return count_rows (rows, error);
}

/* What retention takes first of a camera. */
static guint
ask_expired (Bench *bench, const char *camera)
{
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  GPtrArray *rows;

  tyto_catalogue_list_expired_async (bench->catalogue, camera, FIRST_US + 2 * DAY_US, NULL, 100,
                                     NULL, keep_result, &result);
  await (&result);
  rows = tyto_catalogue_list_rows_finish (bench->catalogue, result, &error);
  return count_rows (rows, error);
}

/* What goes first of all when the disk is full. */
static guint
ask_oldest (Bench *bench, const char *camera)
{
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  GPtrArray *rows;

  tyto_catalogue_list_oldest_async (bench->catalogue, 100, NULL, keep_result, &result);
  await (&result);
  rows = tyto_catalogue_list_rows_finish (bench->catalogue, result, &error);
  return count_rows (rows, error);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const double *one = a, *other = b;

  return (*one > *other) - (*one < *other);
}

/* Prints `"NAME": {"p50_ms": …}, `. */
static void
measure (Bench *bench, const char *name, Question ask, guint n_queries)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  guint64 n_rows = 0;

  for (guint i = 0; i < n_queries; i++) {
    g_autofree char *camera
        = g_strdup_printf ("camera-%03d", g_random_int_range (0, (gint32) bench->n_cameras));
    gint64 began_us = g_get_monotonic_time ();
    double took_ms;

    n_rows += ask (bench, camera);
    took_ms = (double) (g_get_monotonic_time () - began_us) / 1000;
    g_array_append_val (times, took_ms);
  }
  g_array_sort (times, compare_times);
  g_print ("\"%s\": {\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"rows\": %.1f}, ", name,
           g_array_index (times, double, n_queries / 2),
           g_array_index (times, double, n_queries * 99 / 100),
           g_array_index (times, double, n_queries - 1), (double) n_rows / n_queries);
}

static TytoSegment *
make_segment (guint number, gint64 n_cameras)
{
  TytoSegment *segment = tyto_segment_new ();

  segment->camera = g_strdup_printf ("camera-%03u", number % (guint) n_cameras);
  segment->stream = g_strdup ("main");
  segment->run = g_strdup_printf ("NEW-%s", segment->camera);
  segment->sequence = number;
  segment->id = tyto_segment_id_new (segment->run, number);
  segment->path = g_strdup_printf ("/var/lib/tyto/recordings/%s/n%u.mp4", segment->camera, number);
  segment->format = g_strdup ("mp4");
  segment->video_codec = g_strdup ("h264");
  segment->audio_codec = g_strdup ("");
  segment->start_us = FIRST_US + 100 * DAY_US + (number / (guint) n_cameras) * SEGMENT_US;
  segment->end_us = segment->start_us + SEGMENT_US;
  segment->duration_ns = (guint64) SEGMENT_US * 1000;
  segment->frames = 7500;
  segment->key_frames = 300;
  segment->bytes = 75000000;
  return segment;
}

static void
on_entered (GObject *source, GAsyncResult *result, gpointer count)
{
  g_autoptr (GError) error = NULL;

  tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error);
  check (error);
  ++*(guint *) count;
}

/* As the recorder does: each by itself, many on their way. */
static void
insert (Bench *bench, guint n_inserts)
{
  gint64 began_us = g_get_monotonic_time ();
  guint n_entered = 0;

  for (guint i = 0; i < n_inserts; i++) {
    g_autoptr (TytoSegment) segment = make_segment (i, bench->n_cameras);

    tyto_catalogue_enter_segment_async (bench->catalogue, segment, NULL, on_entered, &n_entered);
    while (i - n_entered > 1000)
      g_main_context_iteration (NULL, TRUE);
  }
  while (n_entered < n_inserts)
    g_main_context_iteration (NULL, TRUE);
  g_print ("\"inserts_per_second\": %.0f, ",
           n_inserts / ((double) (g_get_monotonic_time () - began_us) / G_USEC_PER_SEC));
}

static void
ask (const char *uri, guint n_queries, guint n_inserts)
{
  GError *error = NULL;
  Bench bench = { tyto_catalogue_new_for_uri (uri, NULL, &error), 0, 0 };
  g_autoptr (GAsyncResult) opened = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) totals = NULL;
  guint64 n_segments = 0;

  check (error);
  tyto_catalogue_open_async (bench.catalogue, NULL, keep_result, &opened);
  await (&opened);
  tyto_catalogue_open_finish (bench.catalogue, opened, &error);
  check (error);
  tyto_catalogue_list_totals_async (bench.catalogue, NULL, keep_result, &result);
  await (&result);
  totals = tyto_catalogue_list_rows_finish (bench.catalogue, result, &error);
  check (error);
  for (guint i = 0; i < totals->len; i++) {
    const TytoCatalogueTotals *camera = totals->pdata[i];

    n_segments += camera->segments;
    bench.last_us = MAX (bench.last_us, camera->last_end_us);
  }
  bench.n_cameras = totals->len;
  g_print ("{\"segments\": %" G_GUINT64_FORMAT ", \"cameras\": %u, ", n_segments, totals->len);
  measure (&bench, "camera_day", ask_day, n_queries);
  measure (&bench, "camera_expired", ask_expired, n_queries);
  measure (&bench, "oldest", ask_oldest, n_queries);
  insert (&bench, n_inserts);
  g_print ("\"queries\": %u, \"inserts\": %u}\n", n_queries, n_inserts);
  tyto_catalogue_close (bench.catalogue);
  g_object_unref (bench.catalogue);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  guint64 total;

  if (argc == 5 && g_str_equal (argv[1], "fill")) {
    fill (argv[2], atoll (argv[3]), atoll (argv[4]));
  } else if (argc == 4 && g_str_equal (argv[1], "copy")) {
    gint64 began_us = g_get_monotonic_time ();

    tyto_catalogue_copy (argv[2], argv[3], NULL, "bench", NULL, NULL, &total, NULL, &error);
    check (error);
    g_print ("{\"rows_per_second\": %.0f}\n",
             (double) total * G_USEC_PER_SEC / (double) (g_get_monotonic_time () - began_us));
  } else if (argc == 5 && g_str_equal (argv[1], "ask")) {
    ask (argv[2], (guint) atoi (argv[3]), (guint) atoi (argv[4]));
  } else {
    g_printerr ("fill FILE SEGMENTS CAMERAS | copy FILE URI | ask URI QUERIES INSERTS\n");
    return 64;
  }
  return 0;
}
