/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-dbus-archive.h: the archive's part of org.tyto.Recorder1. */
#pragma once

#include "api/dbus/tyto-bus.h"
#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

/* Answers GetArchive, ListUploads and RetryUploads of @service, and has it tell SegmentArchived. */
void tyto_dbus_archive_serve (TytoBusRecorder1 *service, TytoRecorder *recorder);

G_END_DECLS
