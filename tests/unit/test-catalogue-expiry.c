/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Broadcasts that have to go, and clips that keep them. */
#include "catalogue-broadcast-calls.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-retention.h"

#define STREAM "bb52ba50-edc5-4056-a62c-6ef211d72d25"
#define USER   "a781b655-d4e4-46a0-89da-c4f655bb24f0"

static GPtrArray *
list_expired (TytoCatalogue *self, gint64 before_us, const char *const *only,
              const char *const *but, const TytoBroadcast *after, guint limit)
{
  CATALOGUE_CALL (GPtrArray *,
                  tyto_catalogue_list_expired_broadcasts_async (self, before_us, only, but, after,
                                                                limit, NULL, catalogue_keep_result,
                                                                &result),
                  tyto_catalogue_list_rows_finish (self, result, NULL));
}

static gboolean
enter_clip (TytoCatalogue *self, TytoClip *clip, GError **error)
{
  CATALOGUE_CALL (
      gboolean, tyto_catalogue_enter_clip_async (self, clip, NULL, catalogue_keep_result, &result),
      tyto_catalogue_enter_finish (self, result, error));
}

static gboolean
delete_clip (TytoCatalogue *self, const char *id)
{
  CATALOGUE_CALL (gboolean,
                  tyto_catalogue_delete_clip_async (self, id, NULL, catalogue_keep_result, &result),
                  tyto_catalogue_enter_finish (self, result, NULL));
}

static void
test_expired (CatalogueFixture *fixture)
{
  static const char *const users[] = { "", USER, NULL };
  static const char *const one[] = { USER, NULL };
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) failed = catalogue_test_broadcast (9, "key", 1);
  g_autoptr (TytoBroadcast) third = NULL;

  catalogue_enter_broadcast (self, 1, "running", 10);
  for (guint i = 2; i <= 5; i++)
    catalogue_enter_completed (self, i, i < 4 ? "" : USER, i * 1000);
  failed->status = TYTO_BROADCAST_FAILED;
  failed->completed_us = 1;
  g_assert_true (catalogue_put_broadcast (self, failed, NULL));
  catalogue_assert_broadcasts (list_expired (self, 5000, NULL, NULL, NULL, 100), "2 3 4");
  catalogue_assert_broadcasts (list_expired (self, 9000, NULL, NULL, NULL, 2), "2 3");
  catalogue_assert_broadcasts (list_expired (self, 9000, one, NULL, NULL, 100), "4 5");
  catalogue_assert_broadcasts (list_expired (self, 9000, NULL, one, NULL, 100), "2 3");
  catalogue_assert_broadcasts (list_expired (self, 9000, users, NULL, NULL, 3), "2 3 4");
  third = catalogue_get_broadcast (self, "00000003-0000-4000-8000-000000000000", NULL);
  catalogue_assert_broadcasts (list_expired (self, 9000, NULL, NULL, third, 100), "4 5");
  catalogue_assert_broadcasts (list_expired (self, 2000, NULL, NULL, NULL, 100), "");
}

/* More of others than are looked at at once hide none. */
static void
test_expired_among_many (CatalogueFixture *fixture)
{
  static const char *const one[] = { USER, NULL };
  TytoCatalogue *self = fixture->catalogue;

  for (guint i = 1; i <= 1000; i++) {
    g_autoptr (TytoBroadcast) broadcast = catalogue_test_broadcast (i, "key", i);

    broadcast->status = TYTO_BROADCAST_COMPLETED;
    broadcast->completed_us = i;
    tyto_catalogue_put_broadcast_async (self, broadcast, NULL, NULL, NULL);
  }
  catalogue_enter_completed (self, 1001, USER, 5000);
  catalogue_assert_broadcasts (list_expired (self, 9000, one, NULL, NULL, 5), "3e9");
}

static void
test_clip_keeps (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) broadcast = NULL;
  g_autoptr (TytoClip) clip = NULL;
  g_autoptr (TytoClip) none = NULL;
  g_autoptr (GError) error = NULL;

  catalogue_enter_completed (self, 1, "", 1000);
  broadcast = catalogue_get_broadcast (self, "00000001-0000-4000-8000-000000000000", NULL);
  clip = tyto_clip_new_of_broadcast (broadcast->id, "goal", 990, 995);
  g_assert_true (enter_clip (self, clip, NULL));
  catalogue_assert_broadcasts (list_expired (self, 9000, NULL, NULL, NULL, 100), "");
  g_assert_false (catalogue_delete_broadcast (self, broadcast->id, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_clear_error (&error);
  broadcast->deleting_us = 5000;
  g_assert_false (catalogue_put_broadcast (self, broadcast, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_clear_error (&error);

  g_assert_true (delete_clip (self, clip->id));
  catalogue_assert_broadcasts (list_expired (self, 9000, NULL, NULL, NULL, 100), "1");
  g_assert_true (catalogue_put_broadcast (self, broadcast, NULL));
  g_assert_false (enter_clip (self, clip, &error)); /* too late */
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  none = tyto_clip_new_of_broadcast (STREAM, "", 1, 2);
  g_assert_false (enter_clip (self, none, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

const CatalogueCaseEntry *
catalogue_suite_expiry_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "broadcast/expired", test_expired },
    { "broadcast/expired-among-many", test_expired_among_many },
    { "broadcast/clip-keeps", test_clip_keeps },
    { NULL, NULL },
  };

  return cases;
}
