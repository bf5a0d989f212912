/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-stray-news.h: what a worker tells of a camera that nobody wants of it any more: what is on
 * the disk goes into the catalogue all the same. The dictionaries are those of
 * data/org.tyto.Worker1.xml. */
#pragma once

#include "recorder/tyto-entry-queue.h"

G_BEGIN_DECLS

void tyto_stray_news_run_started (TytoEntryQueue *entries, const char *camera, GVariant *dict);
void tyto_stray_news_run_ended (TytoEntryQueue *entries, const char *camera, GVariant *dict);
void tyto_stray_news_segment_opened (TytoEntryQueue *entries, const char *camera, GVariant *dict);
void tyto_stray_news_segment_closed (TytoEntryQueue *entries, const char *camera, GVariant *dict);
void tyto_stray_news_gap (TytoEntryQueue *entries, const char *camera, GVariant *dict);
void tyto_stray_news_thumbnail_taken (TytoEntryQueue *entries, const char *camera, GVariant *dict);

G_END_DECLS
