/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-sse.h"

#include <string.h>

static void
collect (const char *type, const char *data, const char *id, gpointer user_data)
{
  g_string_append_printf (user_data, "[%s|%s|%s]", type, data, id);
}

/* What comes out of @stream, whether it comes at once or cut in two anywhere. */
static void
assert_events (const char *stream, const char *expected)
{
  gsize length = strlen (stream);

  for (gsize at = 0; at <= length; at++) {
    g_autoptr (GString) events = g_string_new (NULL);
    g_autoptr (CtlSse) sse = ctl_sse_new (collect, events);

    g_assert_true (ctl_sse_push (sse, stream, at));
    g_assert_true (ctl_sse_push (sse, stream + at, length - at));
    g_assert_cmpstr (events->str, ==, expected);
  }
}

static void
test_fields (void)
{
  assert_events ("event: alert\ndata: {\"a\":1}\nid: 7\n\n", "[alert|{\"a\":1}|7]");
  assert_events ("data:x\n\n", "[message|x|]");
  assert_events ("data: one\ndata: two\n\n", "[message|one\ntwo|]");
  assert_events ("data:  two spaces\n\n", "[message| two spaces|]");
  assert_events ("data\n\n", "[message||]");
  assert_events ("retry: 10\nnonsense: x\ndata: y\n\n", "[message|y|]");
}

static void
test_between_events (void)
{
  /* The type ends with its event, the id stays; an event without data is none. */
  assert_events ("event: a\nid: 1\ndata: x\n\ndata: y\n\n", "[a|x|1][message|y|1]");
  assert_events ("event: a\n\ndata: y\n\n", "[message|y|]");
  assert_events (": beat\n\n:\n\ndata: y\n\n", "[message|y|]");
  assert_events ("data: not finished", "");
}

static void
test_line_ends (void)
{
  assert_events ("event: a\r\ndata: x\r\n\r\n", "[a|x|]");
  assert_events ("event: a\rdata: x\r\r", "[a|x|]");
  assert_events ("\xef\xbb\xbf"
                 "data: x\n\n",
                 "[message|x|]");
}

static void
test_invalid_utf8 (void)
{
  assert_events ("data: a\xff\n\n", "[message|a\xef\xbf\xbd|]");
}

static void
test_too_long (void)
{
  g_autoptr (GString) events = g_string_new (NULL);
  g_autoptr (CtlSse) sse = ctl_sse_new (collect, events);
  g_autofree char *much = g_strnfill (2 * 1024 * 1024, 'x');

  g_assert_false (ctl_sse_push (sse, much, 2 * 1024 * 1024));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tytoctl/sse/fields", test_fields);
  g_test_add_func ("/tytoctl/sse/between-events", test_between_events);
  g_test_add_func ("/tytoctl/sse/line-ends", test_line_ends);
  g_test_add_func ("/tytoctl/sse/invalid-utf8", test_invalid_utf8);
  g_test_add_func ("/tytoctl/sse/too-long", test_too_long);
  return g_test_run ();
}
