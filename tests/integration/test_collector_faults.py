# SPDX-License-Identifier: LGPL-2.1-or-later
"""tyto-collector when segments, servers, its disk or itself fail: what is lost is told, and nothing else is lost."""

import shutil
import signal

import pytest
from collector_link import read_journal
from gi.repository import GLib
from hls_shelf import Shelf
from main_loop import allowed, wait_until
from postgresql import make_certificate
from test_collector import check


@pytest.fixture
def bucket(radosgw, s3_bucket):
    return s3_bucket(radosgw)


@pytest.fixture
def shelf(tmp_path):
    made = []

    def make(**options) -> Shelf:
        made.append(Shelf(tmp_path / f"shelf-{len(made)}", **options))
        return made[-1]

    return make


def finish(link, name="one", **expected) -> dict:
    """Ends the broadcast, and gives its last state, which is as @expected."""
    link.end(name)
    state = link.wait_collected(name)
    assert {key: state[key] for key in expected} == expected, state
    assert state["waiting"] == 0 and state["failing"] == ""
    return state


def states(directory) -> list[str]:
    return [row["state"] for row in read_journal(directory)[0].values()]


def test_segments_that_fail_now_and_then_all_come(collector, shelf, hls_web, tmp_path):
    one, link = shelf(), collector()
    web = hls_web(one.folder)
    for kind, name in (("missing", "seg_000"), ("cut", "seg_001"), ("error", "seg_002"), ("stall", "seg_003"), ("drip", "seg_004")):
        web.add(kind, name)
    web.add("error", "seg_005", times=2)
    web.add("redirect", "seg_006", to=web.url("seg_007.ts"), times=0)
    one.add(8)
    one.end()
    link.configure(timeout=1)
    link.collect("one", "key", tmp_path / "one", web.url("live.m3u8"))
    link.wait_fetched("one", 8)
    finish(link, segments=8, missing=0)
    check(tmp_path / "one", one.paths)


def test_segments_that_do_not_come_are_missing(collector, shelf, hls_web, tmp_path):
    lines = {4: ["#EXT-X-GAP"], 5: ['#EXT-X-KEY:METHOD=AES-128,URI="k"'], 6: ["#EXT-X-KEY:METHOD=NONE"], 8: ['#EXT-X-MAP:URI="no-such.mp4"']}
    one, link = shelf(lines=lines), collector()
    web = hls_web(one.folder)
    for kind, name in (("missing", "seg_001"), ("stall", "seg_002"), ("forbid", "seg_003"), ("error", "seg_007")):
        web.add(kind, name, times=None)
    one.add(9)
    one.end()
    link.configure(timeout=1, tries=2)
    link.collect("one", "key", tmp_path / "one", web.url("live.m3u8"))
    finish(link, segments=2, missing=7)
    journal, ended = read_journal(tmp_path / "one")
    reasons = {position: row.get("reason", "") for (position, _), row in journal.items()}
    assert ended and reasons[1] == "127.0.0.1 answers 404 Not Found, 2 tries" and "403" in reasons[3] and reasons[4].endswith("(EXT-X-GAP)")
    assert reasons[2] == "127.0.0.1 did not answer in time, 2 tries" and reasons[5] == "it is encrypted (EXT-X-KEY)"
    assert reasons[7] == "127.0.0.1 answers 500 Internal Server Error, 2 tries"
    assert reasons[8].startswith("Its initialization section is missing: ") and web.count("seg_001") == 2 and web.count("seg_005") == 0
    # told again, with the source mended, what is missing comes, and what can never come does not
    web.clear()
    link.drop("one")
    link.collect("one", "key", tmp_path / "one", web.url("live.m3u8"))
    link.signals.clear()
    finish(link, segments=6, missing=3)
    assert web.count("seg_000") == 1 and web.count("seg_001") == 3


def test_what_a_playlist_passed_unseen_is_told(collector, shelf, hls_web, tmp_path):
    one, link = shelf(window=2), collector()
    web = hls_web(one.folder)
    one.add(3)
    link.configure()
    link.collect("one", "key", tmp_path / "one", web.url("live.m3u8"))
    link.wait_fetched("one", 2)
    one.add(5)
    link.wait_fetched("one", 4)
    one.end()
    finish(link, segments=4, missing=3)
    journal, _ = read_journal(tmp_path / "one")
    assert [(position, row["state"], row.get("sequence"), row.get("count")) for (position, _), row in journal.items()] == [
        (0, "fetched", 1, None), (1, "fetched", 2, None), (2, "unlisted", None, 3), (5, "fetched", 6, None), (6, "fetched", 7, None)]


def test_a_playlist_that_begins_anew(collector, shelf, hls_web, tmp_path):
    """As when the encoder is started again: the same names and numbers, other segments. A cache's old copy is nothing new."""
    one, link = shelf(window=3), collector()
    web = hls_web(one.folder)
    one.add(6)
    link.configure()
    link.collect("one", "key", tmp_path / "one", web.url("live.m3u8"))
    link.wait_fetched("one", 3)
    old = one.playlist.read_text()
    one.add(2)
    link.wait_fetched("one", 5)
    newer = one.playlist.read_text()
    one.playlist.write_text(old)
    seen = web.count("live.m3u8")
    wait_until(lambda: web.count("live.m3u8") > seen + 2, "looks at the old copy")
    one.playlist.write_text(newer)
    again = Shelf(one.folder, window=3, seed=2, name="again_{:03d}.ts")
    again.add(2)
    link.wait_fetched("one", 7)
    again.end()
    finish(link, segments=7, missing=0)
    rows = check(tmp_path / "one", one.paths[3:] + again.paths)
    assert [row["discontinuity"] for row in rows] == [False] * 5 + [True, False] and [row["sequence"] for row in rows[5:]] == [0, 1]


def test_byte_ranges_and_other_places(collector, shelf, hls_web, tmp_path):
    one, link = shelf(name="deep/{:03d}.ts?token=a", lines={0: ["#EXT-X-DISCONTINUITY"]}), collector()
    (one.folder / "all.mp4").write_bytes(bytes(range(256)) * 40)
    (one.folder / "live.m3u8").write_text("\n".join(
        ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:1", '#EXT-X-MAP:URI="all.mp4",BYTERANGE="256@0"', "#EXTINF:1,",
         "#EXT-X-BYTERANGE:500@256", "all.mp4", "#EXTINF:1,", "#EXT-X-BYTERANGE:700", "all.mp4", "#EXT-X-ENDLIST", ""]))
    web = hls_web(one.folder, root="/secret-path/")
    other = hls_web(one.folder, root="/")
    other.add("redirect", "first", to="/second.m3u8", times=None)
    other.add("redirect", "second", to=web.url("live.m3u8?token=x"), times=None)
    link.configure()
    link.collect("one", "key", tmp_path / "one", other.url("first.m3u8?token=x"))
    finish(link, segments=2, missing=0)
    journal, _ = read_journal(tmp_path / "one")
    content = [(tmp_path / "one" / row[what]).read_bytes() for row in journal.values() for what in ("init", "file")]
    whole = bytes(range(256)) * 40
    assert content == [whole[:256], whole[256:756], whole[:256], whole[756:1456]]
    assert [row["name"] for row in journal.values()] == ["all.mp4#bytes=256-500", "all.mp4#bytes=756-700"]
    assert "token" not in link.log.read_text() and "secret-path" not in link.log.read_text()


def test_redirects_and_addresses_that_are_refused(collector, shelf, hls_web, tmp_path):
    one, link = shelf(), collector()
    one.add(1)
    web = hls_web(one.folder)
    web.add("redirect", "metadata", to="http://169.254.169.254/live.m3u8", times=None)
    web.add("redirect", "round", to=web.url("round.m3u8"), times=None)
    web.add("redirect", "local", to="file:///etc/passwd", times=None)
    link.configure()
    addresses = {"metadata": "it is link-local", "round": "redirects to nowhere", "local": ""}
    for name in addresses:
        link.collect(name, "key", tmp_path / name, web.url(f"{name}.m3u8"))
    places = {"link": "http://169.254.169.254/x.m3u8", "six": "http://[fe80::1]/x.m3u8", "mapped": "http://[::ffff:169.254.1.1]/x.m3u8",
              "any": "http://0.0.0.0/x.m3u8", "many": "http://239.1.1.1/x.m3u8"}
    for name, url in places.items():
        link.collect(name, "key", tmp_path / name, url)
    for name, words in (addresses | {name: "Nothing is fetched from" for name in places}).items():
        state = link.wait_state(name, lambda state: state["failing"], "refusal")
        assert words in state["failing"] and state["segments"] == 0
    assert web.count("round") >= 6


def test_a_server_has_to_be_trusted(collector, shelf, hls_web, s3_faults, tmp_path):
    one, link = shelf(), collector()
    one.add(2)
    one.end()
    certificate, key = make_certificate(tmp_path)
    secure = s3_faults(hls_web(one.folder), certificate=(certificate, key))
    link.configure()
    link.collect("one", "key", tmp_path / "one", f"{secure.endpoint}/live.m3u8")
    state = link.wait_state("one", lambda state: state["failing"], "the refusal")
    assert "is not trusted" in state["failing"] and not secure.requests
    link.configure(url_ca_file=str(certificate))
    link.wait_fetched("one", 2)
    finish(link, segments=2, missing=0)


@pytest.mark.asan
def test_a_source_that_is_away_costs_nothing(collector, shelf, bucket, s3_faults, hls_web, tmp_path):
    faults, link = s3_faults(bucket), collector()
    stored, served = shelf(), shelf()
    web = hls_web(served.folder)
    stored.add(3)
    stored.put(bucket, "stored")
    served.add(3)
    link.configure(bucket.but(endpoint=faults.endpoint), tries=1)
    link.collect("stored", "stored", tmp_path / "stored")
    link.collect("served", "served", tmp_path / "served", web.url("live.m3u8"))
    for name in ("stored", "served"):
        link.wait_fetched(name, 3)
    faults.down()
    web.down()
    for one in (stored, served):
        one.add(4)
    stored.end()
    stored.put(bucket, "stored")
    for name in ("stored", "served"):
        state = link.wait_state(name, lambda state: state["failing"], "the failure")
        assert "cannot be reached" in state["failing"] and state["missing"] == 0
        link.end(name)
    faults.add("slow-down", times=3, target="seg_")
    faults.add("cut", times=2, target="seg_004")
    faults.up()
    web.up()
    for name, one in (("stored", stored), ("served", served)):
        state = link.wait_collected(name)
        assert (state["segments"], state["missing"]) == (7, 0)
        check(tmp_path / name, one.paths)


def test_the_bucket_says_more_than_its_playlist(collector, shelf, bucket, tmp_path):
    """Found late, with a window; one object lost; what is behind the last playlist; a second broadcast under the same key."""
    one, link = shelf(window=3, name="seg{}.ts"), collector()
    one.add(12)
    one.put(bucket, "key", without=[one.paths[5]])
    link.configure(bucket)
    link.collect("one", "key", tmp_path / "one")
    link.wait_fetched("one", 11)
    one.add(2, write=False)  # two objects that no playlist names, since the end came first
    one.put(bucket, "key", without=[one.paths[5]], playlist=False)
    state = finish(link, segments=13)
    assert [row["name"] for row in read_journal(tmp_path / "one")[0].values() if row["state"] == "fetched"] == [
        path.name for path in one.paths if path != one.paths[5]]
    second = Shelf(tmp_path / "second", window=3, name="seg{}.ts", seed=5)
    second.add(4)
    second.end()
    second.put(bucket, "key")
    link.collect("two", "key", tmp_path / "two", after=state["newest"])
    link.end("two")
    link.wait_collected("two")
    check(tmp_path / "two", second.paths)


def test_objects_without_a_playlist(collector, shelf, bucket, tmp_path):
    one, link = shelf(name="part-{}.ts"), collector()
    one.add(11, write=False)
    one.put(bucket, "key", without=[one.paths[8]], playlist=False)
    bucket.call("put", "key/notes.txt", one.paths[0])
    bucket.call("put", "other/part-3.ts", one.paths[0])
    link.configure(bucket)
    link.collect("one", "key", tmp_path / "one")
    link.wait_fetched("one", 8)
    one.put(bucket, "key", playlist=False)  # the one that was late
    link.wait_fetched("one", 11)
    finish(link, segments=11, missing=0)
    check(tmp_path / "one", one.paths)


def test_killed_it_goes_on_where_it_was(collector, shelf, bucket, s3_faults, tmp_path):
    one, faults = shelf(window=3), s3_faults(bucket)
    one.add(6)
    one.put(bucket, "key")
    first = collector()
    faults.add("stall", target="seg_004", times=None)
    first.configure(bucket.but(endpoint=faults.endpoint), timeout=20)
    first.collect("one", "key", tmp_path / "one")
    first.wait_fetched("one", 5)
    first.process.send_signal(signal.SIGKILL)
    first.wait_exit()
    assert states(tmp_path / "one").count("fetched") == 5
    with open(tmp_path / "one/journal", "a") as journal:
        journal.write('{"position":9,"rend')  # as a crash cuts it
    (tmp_path / "one/000009-0.ts.part").write_bytes(b"half")
    (tmp_path / "one/000001-0.ts").write_bytes(b"short")
    one.add(2)
    one.end()
    one.put(bucket, "key")
    faults.clear()
    asked = len(faults.requests)
    second = collector()
    second.configure(bucket.but(endpoint=faults.endpoint))
    second.collect("one", "key", tmp_path / "one")
    second.wait_fetched("one", 8)
    finish(second, segments=8, missing=0)
    check(tmp_path / "one", one.paths)
    fetched = sorted(request.target[-10:-3] for request in faults.requests[asked:] if "seg_" in request.target)
    assert fetched == ["seg_001", "seg_004", "seg_006", "seg_007"]


def test_a_full_disk_is_waited_for(collector, shelf, hls_web, tmp_path):
    one, link = shelf(), collector()
    one.add(3)
    web = hls_web(one.folder)
    link.configure(disk_floor=1 << 60, tries=1)
    link.collect("one", "key", tmp_path / "one", web.url("live.m3u8"))
    link.wait_state("one", lambda state: "The disk is full" in state["failing"], "the full disk")
    link.configure(tries=1)
    link.wait_fetched("one", 3)
    finish(link, segments=3, missing=0)


def test_keys_with_segments_are_found(collector, shelf, s3_access, tmp_path):
    one, link, bucket = shelf(), collector(), s3_access
    one.add(2)
    one.put(bucket, "old-key")
    one.put_already.clear()
    one.put(bucket, "taken")
    bucket.call("put", "not a key!/seg_1.ts", one.paths[0])
    bucket.call("put", "no-segments/picture.jpg", one.paths[0])
    link.configure(bucket)
    link.collect("taken", "taken", tmp_path / "taken")
    link.call("Discover", "(b)", True)
    newest, age, ended = wait_until(lambda: link.found("old-key"), "the key")[0]
    assert age < 60_000 and not ended and newest > 0
    one.put_already.clear()
    one.add(1)
    one.end()
    one.put(bucket, "old-key")
    wait_until(lambda: [row for row in link.found("old-key") if row[0] >= newest and row[2]], "what is new there")  # Swift has whole seconds
    assert {arguments[0] for told, arguments in link.signals if told == "Found"} == {"old-key"}
    link.call("Discover", "(b)", False)


def test_the_idle_time_counts_while_the_source_answers(collector, shelf, hls_web, tmp_path):
    one, link = shelf(), collector()
    web = hls_web(one.folder)
    link.configure()
    link.collect("one", "key", tmp_path / "one", web.url("live.m3u8"))
    state = link.wait_state("one", lambda state: state["idle-ms"] >= 500, "idle time")
    assert "404" in state["failing"]
    one.add(1)
    link.wait_fetched("one", 1)
    assert link.wait_state("one", lambda state: state["failing"] == "", "the playlist")["idle-ms"] < allowed(3000)
    web.down()
    link.wait_state("one", lambda state: state["failing"], "the failure")
    before = link.states("one")[-1]["idle-ms"]
    web.up()
    state = link.wait_state("one", lambda state: not state["failing"], "the server's return")
    assert state["idle-ms"] <= before + 1500


@pytest.mark.asan
def test_errors_and_ends(collector, shelf, hls_web, bucket, tmp_path):
    one, link = shelf(), collector()
    web = hls_web(one.folder)
    one.add(1)
    url = web.url("live.m3u8")

    def refused(match: str, what, *words, **options):
        with pytest.raises(GLib.Error, match=match):
            what(*words, **options)

    refused("WrongState", link.collect, "one", "key", tmp_path / "one", url)
    refused("InvalidArgument.*addressing", link.configure, bucket, addressing="sideways")
    refused("InvalidArgument", link.configure, bucket, parallel=99)
    refused("InvalidArgument.*CA file", link.configure, url_ca_file="/no/such/file")
    link.configure(bucket, secret_key="wrong", tries=1)
    for key, source in (("../key", url), ("", url), ("key", "file:///etc/passwd"), ("key", "")):
        refused("InvalidArgument", link.collect, "one", key, tmp_path / "one", source)
    refused("InvalidArgument", link.collect, "one", "key", "one", url)
    refused("Storage", link.collect, "one", "key", "/proc/nowhere", url)
    refused("NotFound", link.end, "one")
    link.drop("one")
    link.collect("one", "key", tmp_path / "one")
    link.collect("one", "key", tmp_path / "one")
    state = link.wait_state("one", lambda state: state["failing"], "the refusal")
    assert "SignatureDoesNotMatch" in state["failing"]
    web.add("stall", "seg_", times=None)
    link.collect("two", "two", tmp_path / "two", url)
    wait_until(lambda: web.count("seg_"), "the segment that stalls")
    link.drop("two")
    shutil.rmtree(tmp_path / "two")
    link.configure(bucket)
    link.wait_state("one", lambda state: not state["failing"], "the right key")
    link.connection.close_sync(None)
    assert link.wait_exit() == 0 and not (tmp_path / "two").exists()
    assert bucket.secret_key not in link.log.read_text()


def test_fragments_without_their_initialization_section_come_again(collector, bucket, hls_live, hls_push, tmp_path):
    """Taken up late and after a crash that lost it: objects that the playlist does not name any more need it, too."""
    live = hls_live("fmp4", seconds=4, window=2, rate=4)
    live.wait()
    hls_push(live, bucket, "key").finish()
    for path in live.segments()[:2]:
        bucket.call("put", f"key/{path.name}", path)
    for _ in range(2):
        link = collector()
        link.configure(bucket)
        link.collect("one", "key", tmp_path / "one")
        finish(link, segments=4, missing=0)
        rows = check(tmp_path / "one", live.segments())
        (init,) = {row["init"] for row in rows}
        assert (tmp_path / "one" / init).read_bytes() == (live.folder / "init.mp4").read_bytes()
        link.kill()
        (tmp_path / "one" / init).unlink()
