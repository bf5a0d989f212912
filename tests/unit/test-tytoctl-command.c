/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-command.h"

#include <string.h>

#include "base/tyto-error.h"

static const CtlCommand table[] = {
  { "status", "", "Status", "", NULL },        { "camera add", "", "Add", "", NULL },
  { "camera remove", "", "Remove", "", NULL }, { "segments", "", "Segments", "", NULL },
  { "segments get", "", "Get", "", NULL },     { NULL },
};

const CtlCommand *
ctl_command_table (void)
{
  return table;
}

static void
test_distance (void)
{
  g_assert_cmpuint (ctl_command_distance ("", ""), ==, 0);
  g_assert_cmpuint (ctl_command_distance ("", "abc"), ==, 3);
  g_assert_cmpuint (ctl_command_distance ("status", "status"), ==, 0);
  g_assert_cmpuint (ctl_command_distance ("statsu", "status"), ==, 1); /* swapped */
  g_assert_cmpuint (ctl_command_distance ("stats", "status"), ==, 1);
  g_assert_cmpuint (ctl_command_distance ("kitten", "sitting"), ==, 3);
}

static void
assert_found (const char *words, const char *name, guint used)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);
  g_autoptr (GError) error = NULL;
  guint count = 99;
  const CtlCommand *command = ctl_command_find (list, &count, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (command->name, ==, name);
  g_assert_cmpuint (count, ==, used);
}

static void
test_find (void)
{
  assert_found ("status", "status", 1);
  assert_found ("camera add x y", "camera add", 2);
  assert_found ("segments --all", "segments", 1);
  assert_found ("segments get x", "segments get", 2);
}

static void
assert_hint (const char *words, const char *hint)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);
  g_autoptr (GError) error = NULL;
  guint count;

  g_assert_null (ctl_command_find (list, &count, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (tyto_error_hint (error), ==, hint);
}

static void
test_suggestion (void)
{
  assert_hint ("statsu", "Did you mean: tytoctl status");
  assert_hint ("segmnets", "Did you mean: tytoctl segments");
  assert_hint ("camera romove", "Did you mean: tytoctl camera remove");
  assert_hint ("camrea add", "Did you mean: tytoctl camera add");
  assert_hint ("camera", "There are: camera add, camera remove.");
  assert_hint ("camera frobnicate", "There are: camera add, camera remove.");
  assert_hint ("frobnicate", "See: tytoctl help");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tytoctl/command/distance", test_distance);
  g_test_add_func ("/tytoctl/command/find", test_find);
  g_test_add_func ("/tytoctl/command/suggestion", test_suggestion);
  return g_test_run ();
}
