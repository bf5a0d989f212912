/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-auth.c: the lines as WWW-Authenticate headers of one answer after the other, empty ones
 * between the answers, and as Authentication-Info: what is sent is one line, and ends. */
#include "camera/lean/gstcameraauth.h"
#include "fuzz-target.h"

#include <string.h>

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

static void
check_answer (GstCameraAuth *auth)
{
  g_autofree gchar *answer = gst_camera_auth_answer (auth, "PLAY", "rtsp://127.0.0.1/\"\\");

  g_assert_nonnull (answer);
  g_assert_true (g_str_has_prefix (answer, "Digest ") || g_str_has_prefix (answer, "Basic "));
  g_assert_null (strpbrk (answer, "\r\n"));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *text = g_strndup ((const gchar *) data, size);
  g_auto (GStrv) answers = g_strsplit (text, "\n\n", 16);
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("us\"er", "password");

  for (guint i = 0; answers[i] != NULL; i++) {
    g_auto (GStrv) headers = g_strsplit (answers[i], "\n", 64);

    if (!gst_camera_auth_challenge (auth, (const gchar *const *) headers)) {
      g_assert_null (gst_camera_auth_answer (auth, "PLAY", "rtsp://127.0.0.1/"));
      continue;
    }
    check_answer (auth);
    if (headers[0] != NULL)
      gst_camera_auth_note_info (auth, headers[0]);
    if (i % 2 == 0)
      check_answer (auth);
  }
  return 0;
}
