/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-range.h"

typedef struct {
  const char *value;
  guint64 size;
  TytoHttpRangeKind kind;
  guint64 first;
  guint64 last;
} Case;

static const Case cases[] = {
  { NULL, 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "bytes=0-0", 1000, TYTO_HTTP_RANGE_PART, 0, 0 },
  { "bytes=0-499", 1000, TYTO_HTTP_RANGE_PART, 0, 499 },
  { "Bytes=500-", 1000, TYTO_HTTP_RANGE_PART, 500, 999 },
  { "bytes=999-", 1000, TYTO_HTTP_RANGE_PART, 999, 999 },
  { "bytes=500-5000", 1000, TYTO_HTTP_RANGE_PART, 500, 999 },
  { "bytes=0-99999999999999999999999", 1000, TYTO_HTTP_RANGE_PART, 0, 999 },
  { "bytes=-1", 1000, TYTO_HTTP_RANGE_PART, 999, 999 },
  { "bytes=-1000", 1000, TYTO_HTTP_RANGE_PART, 0, 999 },
  { "bytes=-5000", 1000, TYTO_HTTP_RANGE_PART, 0, 999 },
  { "bytes=1000-", 1000, TYTO_HTTP_RANGE_UNSATISFIABLE, 0, 999 },
  { "bytes=1000-2000", 1000, TYTO_HTTP_RANGE_UNSATISFIABLE, 0, 999 },
  { "bytes=-0", 1000, TYTO_HTTP_RANGE_UNSATISFIABLE, 0, 999 },
  { "bytes=99999999999999999999999-", 1000, TYTO_HTTP_RANGE_UNSATISFIABLE, 0, 999 },
  { "bytes=0-", 0, TYTO_HTTP_RANGE_UNSATISFIABLE, 0, 0 },
  { "bytes=-5", 0, TYTO_HTTP_RANGE_UNSATISFIABLE, 0, 0 },
  /* To be ignored: RFC 9110, section 14.2. */
  { "bytes=5-2", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "bytes=0-1,5-6", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "bytes=", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "bytes=-", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "bytes=a-b", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "bytes=+1-2", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "bytes= 1-2", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "bytes=1-2 ", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "lines=1-2", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
  { "", 1000, TYTO_HTTP_RANGE_WHOLE, 0, 999 },
};

static void
test_parse (gconstpointer data)
{
  const Case *c = data;
  guint64 first;
  guint64 last;

  g_assert_cmpint (tyto_http_range_parse (c->value, c->size, &first, &last), ==, c->kind);
  g_assert_cmpuint (first, ==, c->first);
  g_assert_cmpuint (last, ==, c->last);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/http/range/%02u", i);

    g_test_add_data_func (path, &cases[i], test_parse);
  }
  return g_test_run ();
}
