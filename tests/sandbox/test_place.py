"""The sandbox refuses, in one line, a place where it could not live, and touches nothing there."""

import os
import shutil
import socket
from collections import namedtuple

import pytest

from sandbox.place import Place
from sandbox.trouble import Trouble
from tests.ports import free_block


def test_a_busy_port_is_named_with_the_way_out(tmp_path) -> None:
    with socket.socket() as taken:
        port = free_block() + 1
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(Trouble) as told:
            Place(tmp_path, port - 1).check_ports()
    assert (
        str(told.value)
        == f"Port {port} (identity provider) is taken. Choose another first port: make run"
        " PORT=8123"
    )


def test_a_port_that_does_not_exist_is_trouble_too(tmp_path) -> None:
    with pytest.raises(Trouble, match="Port 70000"):
        Place(tmp_path, 70_000).check_ports()


def test_a_port_just_left_is_free(tmp_path) -> None:
    """A connection in TIME_WAIT must not keep the next run from starting."""
    port = free_block()
    with socket.create_server(("127.0.0.1", port), reuse_port=False) as server:
        client = socket.create_connection(("127.0.0.1", port))
        connection, _ = server.accept()
        connection.close()
        client.close()
    Place(tmp_path, port).check_ports()


def test_a_file_in_place_of_the_folder_is_named(tmp_path) -> None:
    (tmp_path / "sandbox").write_text("precious")
    with pytest.raises(Trouble, match="is a file"):
        Place(tmp_path / "sandbox", 8000).prepare()
    assert (tmp_path / "sandbox").read_text() == "precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_named(tmp_path) -> None:
    os.chown(tmp_path, 4711, 4711)
    with pytest.raises(Trouble, match=r"belongs to another user \(uid 4711\)\. `make reset`"):
        Place(tmp_path, 8000).prepare()


def test_a_full_disk_is_named(tmp_path, monkeypatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 1_000_000))
    with pytest.raises(Trouble, match="The disk is full: 1 MB free"):
        Place(tmp_path, 8000).prepare()


def test_one_sandbox_a_folder(tmp_path) -> None:
    place = Place(tmp_path, 8000)
    held = place.lock()
    with pytest.raises(Trouble, match=f"runs in .* already \\(process {os.getpid()}, port 8000\\)"):
        Place(tmp_path, 8123).lock()
    held.close()
    place.lock().close()


def test_a_long_path_gets_a_short_socket(tmp_path) -> None:
    deep = Place(tmp_path / ("deep" * 30), 8000)
    assert len(str(deep.socket_folder)) < 60
    assert deep.socket_folder != Place(tmp_path / ("other" * 30), 8000).socket_folder
    assert Place(tmp_path / "s", 8000).socket_folder == tmp_path / "s" / "postgres"


def test_reset_moves_the_data_aside_and_destroys_nothing(tmp_path) -> None:
    place = Place(tmp_path / "sandbox", 8000)
    place.prepare()
    (place.folder / "data").write_text("kept")
    aside = place.put_aside()
    assert not place.folder.exists()
    assert aside.name.startswith("sandbox.broken-")
    assert (aside / "data").read_text() == "kept"
