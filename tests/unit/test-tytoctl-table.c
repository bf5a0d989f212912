/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-table.h"

#include <locale.h>
#include <string.h>

static CtlTable *
make_table (CtlColumnFlags second, CtlColumnFlags third)
{
  CtlTable *table = ctl_table_new ();

  ctl_table_add_column (table, "ID", CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, "PATH", second);
  ctl_table_add_column (table, "N", third);
  return table;
}

static void
add_row (CtlTable *table, const char *a, const char *b, const char *c)
{
  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, a);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, b);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, c);
}

static void
test_alignment (void)
{
  g_autoptr (CtlTable) table = make_table (CTL_COLUMN_PLAIN, CTL_COLUMN_RIGHT);
  g_autofree char *text = NULL;

  add_row (table, "yard", "a", "1");
  add_row (table, "portão", "東京", "1000");
  add_row (table, "e\xcc\x81", "", "12"); /* e and a combining accent: one column */
  text = ctl_table_render (table, 0, FALSE);
  g_assert_cmpstr (text, ==,
                   "ID      PATH     N\n"
                   "yard    a        1\n"
                   "portão  東京  1000\n"
                   "e\xcc\x81               12\n");
}

static void
test_no_trailing_spaces (void)
{
  g_autoptr (CtlTable) table = make_table (CTL_COLUMN_PLAIN, CTL_COLUMN_PLAIN);
  g_autofree char *text = NULL;

  add_row (table, "a", "long enough", "");
  add_row (table, "a", "", "");
  text = ctl_table_render (table, 0, FALSE);
  g_assert_null (strstr (text, " \n"));
}

static void
test_cut_end (void)
{
  g_autoptr (CtlTable) table = make_table (CTL_COLUMN_CUT_END, CTL_COLUMN_PLAIN);
  g_autofree char *text = NULL;

  add_row (table, "yard", "a name much too long", "7");
  text = ctl_table_render (table, 20, FALSE);
  g_assert_cmpstr (text, ==,
                   "ID    PATH         N\n"
                   "yard  a name muc…  7\n");
}

static void
test_cut_start_wide (void)
{
  g_autoptr (CtlTable) table = make_table (CTL_COLUMN_CUT_START, CTL_COLUMN_PLAIN);
  g_autofree char *text = NULL;

  /* 10 columns are left: the ellipsis and four wide characters, a column stays empty. */
  add_row (table, "yard", "/var/東京東京東京", "7");
  text = ctl_table_render (table, 19, FALSE);
  g_assert_cmpstr (text, ==,
                   "ID    PATH        N\n"
                   "yard  …東京東京   7\n");
}

static void
test_optional_left_out (void)
{
  g_autoptr (CtlTable) table
      = make_table (CTL_COLUMN_CUT_END | CTL_COLUMN_OPTIONAL, CTL_COLUMN_RIGHT);
  g_autofree char *narrow = NULL;
  g_autofree char *wide = NULL;

  add_row (table, "a-long-id", "something", "1234567");
  narrow = ctl_table_render (table, 20, FALSE);
  g_assert_cmpstr (narrow, ==,
                   "ID               N\n"
                   "a-long-id  1234567\n");
  /* Rendered again for a wide terminal, all is there. */
  wide = ctl_table_render (table, 80, FALSE);
  g_assert_nonnull (strstr (wide, "something"));
}

static void
test_notes_and_rule (void)
{
  g_autoptr (CtlTable) table = make_table (CTL_COLUMN_PLAIN, CTL_COLUMN_PLAIN);
  g_autofree char *text = NULL;

  add_row (table, "yard", "x", "1");
  ctl_table_add_note (table, CTL_COLOUR_RED, "Refused.\nSee the password.");
  ctl_table_add_rule (table);
  add_row (table, "sum", "", "1");
  text = ctl_table_render (table, 0, FALSE);
  g_assert_cmpstr (text, ==,
                   "ID    PATH  N\n"
                   "yard  x     1\n"
                   "    Refused.\n"
                   "    See the password.\n"
                   "─────────────\n"
                   "sum         1\n");
}

static void
test_notes_are_wrapped (void)
{
  g_autoptr (CtlTable) table = make_table (CTL_COLUMN_PLAIN, CTL_COLUMN_PLAIN);
  g_autofree char *text = NULL;

  add_row (table, "yard", "x", "1");
  ctl_table_add_note (table, CTL_COLOUR_NONE,
                      "It can not be reached.\nSwitch-it-on-right-now, please.");
  text = ctl_table_render (table, 20, FALSE);
  g_assert_cmpstr (text, ==,
                   "ID    PATH  N\n"
                   "yard  x     1\n"
                   "    It can not be\n"
                   "    reached.\n"
                   "    Switch-it-on-right-now,\n"
                   "    please.\n");
}

/* The optional column goes before the others are cut. */
static void
test_optional_before_others (void)
{
  g_autoptr (CtlTable) table = ctl_table_new ();
  g_autofree char *text = NULL;

  ctl_table_add_column (table, "ID", CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, "PATH", CTL_COLUMN_CUT_START | CTL_COLUMN_OPTIONAL);
  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, "front-door-left");
  ctl_table_add_cell (table, CTL_COLOUR_NONE, "/srv/recordings/front-door-left/02.mp4");
  text = ctl_table_render (table, 40, FALSE);
  g_assert_cmpstr (text, ==,
                   "ID               PATH\n"
                   "front-door-left  …front-door-left/02.mp4\n");
  g_free (text);
  text = ctl_table_render (table, 30, FALSE);
  g_assert_cmpstr (text, ==, "ID\nfront-door-left\n");
  g_free (text);
  text = ctl_table_render (table, 12, FALSE);
  g_assert_cmpstr (text, ==, "ID\nfront-door-…\n");
}

static void
test_colour (void)
{
  g_autoptr (CtlTable) table = make_table (CTL_COLUMN_PLAIN, CTL_COLUMN_PLAIN);
  g_autofree char *plain = NULL;
  g_autofree char *coloured = NULL;

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_GREEN, "on");
  ctl_table_add_cell (table, CTL_COLOUR_NONE, "x");
  plain = ctl_table_render (table, 0, FALSE);
  g_assert_null (strchr (plain, '\033'));
  coloured = ctl_table_render (table, 0, TRUE);
  g_assert_nonnull (strstr (coloured, "\033[32mon\033[0m  x\n"));
}

/* A camera's words must not steer the terminal of who looks at them. */
static void
test_control_characters (void)
{
  g_autoptr (CtlTable) table = make_table (CTL_COLUMN_PLAIN, CTL_COLUMN_PLAIN);
  g_autofree char *text = NULL;

  add_row (table, "a\033[2Jb", "one\ntwo", "\xff");
  ctl_table_add_note (table, CTL_COLOUR_NONE, "\033]0;title\a\xe2\x80\xae");
  text = ctl_table_render (table, 0, FALSE);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strchr (text, '\033'));
  g_assert_null (strchr (text, '\a'));
  g_assert_null (strstr (text, "\xe2\x80\xae"));
  g_assert_nonnull (strstr (text, "one two"));
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tytoctl/table/alignment", test_alignment);
  g_test_add_func ("/tytoctl/table/no-trailing-spaces", test_no_trailing_spaces);
  g_test_add_func ("/tytoctl/table/cut-end", test_cut_end);
  g_test_add_func ("/tytoctl/table/cut-start-wide", test_cut_start_wide);
  g_test_add_func ("/tytoctl/table/optional-left-out", test_optional_left_out);
  g_test_add_func ("/tytoctl/table/notes-and-rule", test_notes_and_rule);
  g_test_add_func ("/tytoctl/table/notes-are-wrapped", test_notes_are_wrapped);
  g_test_add_func ("/tytoctl/table/optional-before-others", test_optional_before_others);
  g_test_add_func ("/tytoctl/table/colour", test_colour);
  g_test_add_func ("/tytoctl/table/control-characters", test_control_characters);
  return g_test_run ();
}
