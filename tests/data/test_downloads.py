"""Downloads from a server of this test's own that behaves as badly as servers do."""

import gzip
import hashlib
import http.server
import struct
import threading
import time
import zipfile
from contextlib import contextmanager

import msgspec
import numpy as np
import pytest

import cnn_studio.data  # noqa: F401 - makes the names known
from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.registry import dataset_info, load_dataset, load_subset
from cnn_studio.data import download_catalog, file_transfer
from cnn_studio.data.decoding.options import Options
from cnn_studio.data.download_catalog import CATALOG, Item
from cnn_studio.data.downloads import datasets_folder, download, item_folder, load_item, missing_files
from cnn_studio.data.remote_files import Patience, RemoteFile, problem_of, record_path

CONTENT = np.random.default_rng(0).bytes(1_500_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
HASTY = Patience(connect=2.0, read=0.4, attempts=3, first_wait=0.01, longest_wait=0.05)
RELEASE_SECONDS = 10


class Server:
    """Answers each request with the next behavior; the last one goes on for ever."""

    def __init__(self, *behaviors):
        self.behaviors = list(behaviors) or [whole]
        self.requests = []
        self.ended = threading.Event()

    def answer(self, handler):
        self.requests.append((handler.path, handler.headers.get("Range")))
        behavior = self.behaviors.pop(0) if len(self.behaviors) > 1 else self.behaviors[0]
        behavior(self, handler)


@contextmanager
def serving(*behaviors):
    server = Server(*behaviors)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            server.answer(self)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.handle_error = lambda *arguments: None  # a client that hangs up is part of the test
        server.url = f"http://127.0.0.1:{listener.server_port}/file.bin"
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            listener.shutdown()
            thread.join()


def send(handler, status, content, **headers):
    handler.send_response(status)
    for name, value in ({"Content_Length": len(content)} | headers).items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(content)


def wanted_start(handler):
    text = handler.headers.get("Range") or "bytes=0-"
    return int(text.removeprefix("bytes=").rstrip("-"))


def whole(server, handler, content=CONTENT):
    """Behave well: send what is asked for."""
    start = wanted_start(handler)
    if start >= len(content):
        send(handler, 416, b"")
    elif start:
        send(handler, 206, content[start:], Content_Range=f"bytes {start}-{len(content) - 1}/{len(content)}")
    else:
        send(handler, 200, content)


def cut_off(server, handler):
    """Promise the rest, send 400,000 bytes of it and hang up."""
    start = wanted_start(handler)
    headers = {"Content_Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}
    send(
        handler,
        206 if start else 200,
        CONTENT[start : start + 400_000],
        Content_Length=len(CONTENT) - start,
        **headers,
    )


def stall(server, handler):
    """Promise everything, send 300,000 bytes and say nothing more."""
    send(handler, 200, CONTENT[:300_000], Content_Length=len(CONTENT))
    handler.wfile.flush()
    server.ended.wait(RELEASE_SECONDS)


def silent(server, handler):
    server.ended.wait(RELEASE_SECONDS)


def ignores_range(server, handler):
    send(handler, 200, CONTENT)


def wrong_range(server, handler):
    start = wanted_start(handler)
    if not start:
        return whole(server, handler)
    return send(handler, 206, CONTENT[7:], Content_Range=f"bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}")


def wrong_bytes(server, handler):
    whole(server, handler, bytes(len(CONTENT)))


def too_long(server, handler):
    """Say nothing of the length and send too much."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(CONTENT + b"more")


def says_less(server, handler):
    send(handler, 200, CONTENT, Content_Length=1000)


def without_length(server, handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(CONTENT)


def web_page(server, handler):
    send(handler, 200, b"<html>Please log in</html>", Content_Type="text/html; charset=utf-8")


def status(code, **headers):
    return lambda server, handler: send(handler, code, b"sorry", **headers)


def item(*urls, size=1_500_000, sha256=DIGEST):
    file = RemoteFile(name="file.bin", urls=urls, size=size, sha256=sha256)
    return Item(
        msgspec.structs.replace(CATALOG["kmnist"].info, title="Test data"),
        "test",
        (file,),
        lambda folder: None,
    )


def fetched(wanted, folder, **options):
    """Download, and require the whole file and no leftovers."""
    place = download(wanted, folder, patience=HASTY, **options)
    assert (place / "file.bin").read_bytes() == CONTENT
    assert sorted(path.name for path in place.iterdir()) == ["file.bin", "file.bin.sha256"]
    return place


def test_whole_file_arrives_with_progress_and_is_not_fetched_twice(tmp_path):
    told = []
    with serving() as server:
        wanted = item(server.url)
        place = fetched(wanted, tmp_path, progress=told.append)
        assert place == tmp_path / "test"
        fetched(wanted, tmp_path, progress=told.append)
    assert len(server.requests) == 1
    assert (told[0].received, told[0].total) == (0, len(CONTENT))
    received = [each.received for each in told]
    assert received == sorted(received)
    assert received[-1] == len(CONTENT)
    assert (place / "file.bin.sha256").read_text() == f"{DIGEST}  file.bin\n"


@pytest.mark.parametrize(
    ("behaviors", "ranges"),
    [
        ([cut_off, whole], [None, "bytes=400000-"]),
        ([cut_off, cut_off, whole], [None, "bytes=400000-", "bytes=800000-"]),
        ([stall, whole], [None, "bytes=300000-"]),
        ([cut_off, ignores_range], [None, "bytes=400000-"]),
        ([cut_off, wrong_range], [None, "bytes=400000-", None]),
        ([silent, whole], [None, None]),
        ([status(500), status(503), whole], [None, None, None]),
        ([status(429, Retry_After=30), whole], [None, None]),
        ([without_length], [None]),
    ],
)
def test_a_bad_start_is_recovered_from(tmp_path, behaviors, ranges):
    with serving(*behaviors) as server:
        fetched(item(server.url), tmp_path)
    assert [asked for _, asked in server.requests] == ranges


@pytest.mark.parametrize(
    ("behavior", "tries", "said"),
    [
        (status(404), 1, "404"),
        (status(403), 1, "403"),
        (status(500), 3, r"500 .*\(3 tries\)"),
        (silent, 3, "no answer in time"),
        (wrong_bytes, 1, "another file: its SHA-256 is"),
        (too_long, 1, r"another file: it has 1,500,00\d bytes, 1,500,000 are expected"),
        (says_less, 1, "offers 1,000 bytes, 1,500,000 are expected"),
        (web_page, 1, "offers 26 bytes"),
    ],
)
def test_an_address_that_fails_gives_way_to_the_next_or_is_explained(tmp_path, behavior, tries, said):
    with serving(behavior) as bad, serving() as good:
        fetched(item(bad.url, good.url), tmp_path / "mirrored")
        assert len(bad.requests) == tries
        with pytest.raises(StudioError, match=said) as caught:
            download(item(bad.url), tmp_path / "alone", patience=HASTY)
    assert bad.url in caught.value.remedy
    assert str(tmp_path / "alone" / "test") in caught.value.remedy
    assert not (tmp_path / "alone" / "test" / "file.bin").exists()


def test_a_mirror_continues_what_the_first_address_began(tmp_path):
    with serving(cut_off, status(404)) as first, serving() as second:
        fetched(item(first.url, second.url), tmp_path)
    assert second.requests == [("/file.bin", "bytes=400000-")]


def test_a_later_call_continues_an_earlier_one(tmp_path):
    with serving(cut_off, status(404)) as server, pytest.raises(StudioError):
        download(item(server.url), tmp_path, patience=HASTY)
    assert (tmp_path / "test" / "file.bin.part").stat().st_size == 400_000
    with serving() as server:
        fetched(item(server.url), tmp_path)
    assert server.requests == [("/file.bin", "bytes=400000-")]


@pytest.mark.parametrize("part", [bytes(400_000), bytes(len(CONTENT)), bytes(len(CONTENT) + 5)])
def test_a_wrong_part_is_thrown_away_and_begun_again(tmp_path, part):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "file.bin.part").write_bytes(part)
    with serving() as server:
        # The part of full length needs no request to be found wrong.
        download(item(server.url, server.url), tmp_path, patience=HASTY)
        fetched(item(server.url), tmp_path)
    assert server.requests[-1] == ("/file.bin", None)


def test_a_complete_part_needs_no_network(tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "file.bin.part").write_bytes(CONTENT)
    fetched(item("http://127.0.0.1:9/file.bin"), tmp_path)


def test_where_no_hash_is_published_it_is_recorded_and_watched_from_then_on(tmp_path):
    with serving(cut_off, whole) as server:
        wanted = item(server.url, size=None, sha256=None)
        place = fetched(wanted, tmp_path)
        assert [asked for _, asked in server.requests] == [None, None]
    assert record_path(place / "file.bin").read_text().split()[0] == DIGEST
    changed = b"x" + CONTENT[1:]
    (place / "file.bin").write_bytes(changed)
    record_path(place / "file.bin").touch()
    import os

    os.utime(record_path(place / "file.bin"), (1, 1))
    assert "SHA-256" in problem_of(place / "file.bin", wanted.files[0])


def test_without_size_and_hash_a_web_page_is_still_no_data(tmp_path):
    with serving(web_page) as server, pytest.raises(StudioError, match="a web page instead of the file"):
        download(item(server.url, size=None, sha256=None), tmp_path, patience=HASTY)


def test_file_put_there_by_hand_is_used(tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "file.bin").write_bytes(CONTENT)
    wanted = item("http://127.0.0.1:9/file.bin")
    assert missing_files(wanted, tmp_path) == []
    fetched(wanted, tmp_path)


def test_wrong_file_put_there_by_hand_is_named_and_replaced(tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "file.bin").write_bytes(b"short")
    with pytest.raises(StudioError, match=r"the file there now cannot be used: it has 5 bytes, 1,500,000"):
        download(item("http://127.0.0.1:9/file.bin"), tmp_path, patience=HASTY)
    with serving() as server:
        fetched(item(server.url), tmp_path)


def test_offline_machine_is_told_what_to_fetch_and_where_to_put_it(tmp_path, studio_home):
    def unresolved(request):
        import socket
        import urllib.error

        raise urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))

    class Offline:
        asked = 0

        def open(self, request):
            self.asked += 1
            return unresolved(request)

    offline = Offline()
    kmnist = CATALOG["kmnist"]
    began = time.monotonic()
    with pytest.raises(StudioError) as caught:
        download(kmnist, opener=offline)
    assert time.monotonic() - began < 1  # a name that is unknown will be unknown in a second too
    assert offline.asked == len(kmnist.files[0].urls)
    assert "Name or service not known" in caught.value.why
    for file in kmnist.files:
        assert f"{file.urls[0]} as {file.name}" in caught.value.remedy
    assert str(studio_home / "datasets" / "kmnist") in caught.value.remedy


@pytest.mark.parametrize("behavior", [stall, silent])
def test_cancel_takes_effect_while_the_server_is_silent(tmp_path, behavior):
    patient = Patience(read=RELEASE_SECONDS * 2)
    with serving(behavior) as server:
        asked = threading.Event()
        timer = threading.Timer(0.3, asked.set)
        timer.start()
        began = time.monotonic()
        with pytest.raises(Canceled):
            download(item(server.url), tmp_path, should_stop=asked.is_set, patience=patient)
        assert time.monotonic() - began < 3
        timer.join()
    assert not (tmp_path / "test" / "file.bin").exists()


def test_cancel_between_tries_and_before_the_first(tmp_path):
    with serving(status(500)) as server:
        asked = threading.Event()
        timer = threading.Timer(0.2, asked.set)
        timer.start()
        with pytest.raises(Canceled):
            download(item(server.url), tmp_path, should_stop=asked.is_set, patience=Patience(first_wait=20.0))
        timer.join()
        assert len(server.requests) == 1
        with pytest.raises(Canceled):
            download(item(server.url), tmp_path, should_stop=lambda: True)
    assert len(server.requests) == 1


def test_waits_double_from_try_to_try(tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(file_transfer.Transfer, "_pause", lambda self, seconds: waits.append(seconds))
    with serving(status(503)) as server, pytest.raises(StudioError):
        download(item(server.url), tmp_path, patience=Patience(attempts=6, first_wait=1, longest_wait=5))
    assert waits == [1, 2, 4, 5, 5]
    waits.clear()
    with serving(status(503, Retry_After=3)) as server, pytest.raises(StudioError):
        download(item(server.url), tmp_path, patience=Patience(attempts=3))
    assert waits == [3, 3]


def test_requests_go_through_the_systems_proxy(tmp_path, monkeypatch):
    with serving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/file.bin"))
        fetched(item("http://data.invalid/file.bin"), tmp_path)
    assert proxy.requests == [("http://data.invalid/file.bin", None)]


def test_full_disk_and_unusable_folder_are_explained(tmp_path, monkeypatch):
    with serving() as server:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(StudioError, match="Cannot use"):
            download(item(server.url), tmp_path / "file", patience=HASTY)
        usage = type("Usage", (), {"free": 1000})
        monkeypatch.setattr(file_transfer.shutil, "disk_usage", lambda folder: usage)
        with pytest.raises(StudioError, match=r"no room for file.bin\. It needs 1,500,000 more bytes; 1,000"):
            download(item(server.url), tmp_path, patience=HASTY)


def test_every_row_of_the_catalog_is_whole():
    assert list(CATALOG) == ["kmnist", "emnist_letters", "emnist_digits", "emnist_balanced", "qmnist"]
    for name, row in CATALOG.items():
        assert dataset_info(name) is row.info
        assert row.info.name == name
        assert len(row.info.classes) == {"emnist_letters": 26, "emnist_balanced": 47}.get(name, 10)
        assert len(set(row.info.classes)) == len(row.info.classes)
        for file in row.files:
            assert all(url.endswith(f"/{file.name}") for url in file.urls)
            assert file.urls[0].startswith("https://")
            assert file.size
            assert len(bytes.fromhex(file.sha256)) == 32


def test_data_set_that_is_not_downloaded_says_what_to_do(studio_home):
    assert datasets_folder() == studio_home / "datasets"
    with pytest.raises(StudioError, match="has not been downloaded yet"):
        load_dataset("emnist_letters")
    with pytest.raises(StudioError, match=r"gzip\.zip"):
        load_subset("emnist_digits", "test")


def idx(array, code=8):
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


IMAGES = np.random.default_rng(1).integers(0, 256, (60, 28, 28), dtype=np.uint8)


def placed(monkeypatch, name, contents):
    """Put files into an item's folder and let the catalog expect them."""
    row = CATALOG[name]
    folder = item_folder(row)
    folder.mkdir(parents=True)
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    files = tuple(RemoteFile(name=file, urls=("http://127.0.0.1:9/",)) for file in contents)
    monkeypatch.setitem(CATALOG, name, Item(row.info, row.folder, files, row.read))


def test_kmnist_is_loaded_from_its_four_files(monkeypatch):
    labels = (np.arange(60) % 10).astype(np.uint8)
    parts = {"train": slice(0, 40), "t10k": slice(40, 60)}
    files = {
        f"{part}-images-idx3-ubyte.gz": gzip.compress(idx(IMAGES[chosen])) for part, chosen in parts.items()
    }
    files |= {
        f"{part}-labels-idx1-ubyte.gz": gzip.compress(idx(labels[chosen])) for part, chosen in parts.items()
    }
    placed(monkeypatch, "kmnist", files)
    dataset = load_dataset("kmnist")
    np.testing.assert_array_equal(dataset.x_train[..., 0], IMAGES[:40])
    np.testing.assert_array_equal(dataset.y_test, labels[40:])
    assert dataset.info.classes[:3] == ("o", "ki", "su")


@pytest.mark.parametrize(("name", "first"), [("letters", 1), ("digits", 0), ("balanced", 0)])
def test_emnist_is_read_out_of_its_archive_and_set_upright(monkeypatch, tmp_path, name, first):
    size = len(CATALOG[f"emnist_{name}"].info.classes)
    labels = (np.arange(60) % size + first).astype(np.uint8)
    path = tmp_path / "gzip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in ("train", "test"):
            stem = f"gzip/emnist-{name}-{part}"
            archive.writestr(f"{stem}-images-idx3-ubyte.gz", gzip.compress(idx(IMAGES)))
            archive.writestr(f"{stem}-labels-idx1-ubyte.gz", gzip.compress(idx(labels)))
    placed(monkeypatch, f"emnist_{name}", {"gzip.zip": path.read_bytes()})
    dataset = load_item(CATALOG[f"emnist_{name}"])
    np.testing.assert_array_equal(dataset.x_train[5, ..., 0], IMAGES[5].T)
    np.testing.assert_array_equal(dataset.y_train, labels - first)


def test_qmnist_tests_what_is_trained_on_mnist(monkeypatch):
    table = np.zeros((60, 8), ">i4")
    table[:, 0] = np.arange(60) % 10
    table[:, 2] = 2500
    placed(
        monkeypatch,
        "qmnist",
        {
            "qmnist-test-images-idx3-ubyte.gz": gzip.compress(idx(IMAGES)),
            "qmnist-test-labels-idx2-int.gz": gzip.compress(idx(table, 12)),
        },
    )
    dataset = load_dataset("qmnist")
    assert dataset.x_train.shape == (60_000, 28, 28, 1)
    np.testing.assert_array_equal(dataset.x_test[..., 0], IMAGES)
    np.testing.assert_array_equal(dataset.y_test, np.arange(60) % 10)


def test_images_of_the_catalog_are_never_scaled():
    assert Options(channels="gray") == download_catalog.PLAIN
