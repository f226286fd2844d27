"""Models in files: save and load."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, overload

from slimline.model import Model, check_model
from slimline.persistence import FormatError, read_file, write_file
from slimline.persistence.places import Source, Target, name_of


@overload
def save(
    model: Model,
    path: Target,
    *,
    mode: int | None = None,
    sign_with: Any = None,
    encrypt_with: bytes | None = None,
) -> None: ...
@overload
def save(
    model: Model,
    path: None = None,
    *,
    sign_with: Any = None,
    encrypt_with: bytes | None = None,
) -> bytes: ...
def save(
    model: Model,
    path: Target | None = None,
    *,
    mode: int | None = None,
    sign_with: Any = None,
    encrypt_with: bytes | None = None,
) -> bytes | None:
    """Write a Model to one file atomically, or return its bytes.

    The file is a safetensors file with JSON metadata. It is written beside ``path`` and then
    renamed, so that a crash leaves either the old file or the new one, complete. To an open file
    the same bytes are written at its present position; after an error, part of them may be there.

    Parameters
    ----------
    model : Model
    path : str, path-like, binary file or None, default=None
        None: return the bytes of the file.
    mode : int, optional
        Permissions. ``0o600``, for example, lets only the owner read the file, from its first byte
        on. The default is the mode of the file that is replaced, or that of any new file.
    sign_with : Ed25519PrivateKey or bytes of length 32, optional
        Key to sign the file with, for ``load(..., trusted_keys=[public_key])``.
    encrypt_with : bytes of length 32, optional
        Key to encrypt the file with, by AES-256-GCM, for ``load(..., decrypt_with=key)``.

    Returns
    -------
    bytes or None
        The bytes of the file if ``path`` is None.

    Raises
    ------
    TypeError, ValueError
        If ``model`` is not a Model (convert estimators first), ``path`` is not of a type named
        above, ``mode`` is not valid or is given without a path, or a key is not valid.
    ImportError
        If a key is given and cryptography is missing: the extra "crypto" installs it.
    OSError
        If the file cannot be written. An existing file is then unchanged.

    Examples
    --------
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVR().fit([[0.0], [1.0]], [0.0, 2.0]))
    >>> sl.save(model, "line.slimline")
    >>> sl.load("line.slimline").sha256 == sl.load(sl.save(model)).sha256 == model.sha256
    True
    """
    check_model("model", model)
    tensors, content = model._state()  # noqa: SLF001 - save is the public half of the state
    target = io.BytesIO() if path is None else path
    write_file(target, tensors, content, mode=mode, sign_with=sign_with, encrypt_with=encrypt_with)
    return target.getvalue() if path is None and isinstance(target, io.BytesIO) else None


def load(
    path: Source,
    *,
    mmap: bool = False,
    trusted_keys: Iterable[Any] | None = None,
    decrypt_with: bytes | None = None,
) -> Model:
    """Read a Model from a file; nothing in the file is ever executed.

    Parameters
    ----------
    path : str, path-like, bytes-like or binary file
        An open file is read from its present position to its end. The checks are the same for all
        of these.
    mmap : bool, default=False
        For a path: map the tensors instead of reading them. The structure of the file is checked,
        but not its hash and the values of dense and int8 weights; ``slimline verify`` checks these.
        The file must not be changed in place while the model is in use.
    trusted_keys : iterable of Ed25519PublicKey or bytes of length 32, optional
        Refuse a file that is not signed by one of these keys.
    decrypt_with : bytes of length 32, optional
        Key of the encrypted file. Files that are not encrypted are then refused.

    Returns
    -------
    Model

    Raises
    ------
    FormatError
        If the file is damaged, hostile, of a newer version, not a slimline file, or not signed or
        encrypted with the given keys.
    ValueError, TypeError, ImportError
        If ``path`` or a key is not of a type named above, mmap is given with bytes, an open file or
        decrypt_with, or cryptography is missing.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import slimline as sl
    >>> sl.save(sl.convert(sl.LinearSVR().fit([[0.0], [1.0]], [0.0, 2.0])), "line.slimline")
    >>> model = sl.load("line.slimline")
    >>> [step.action for step in model.history]
    ['trained', 'converted']
    """
    tensors, content = read_file(
        path, mmap=mmap, trusted_keys=trusted_keys, decrypt_with=decrypt_with
    )
    try:
        return Model._from_state(tensors, content)  # noqa: SLF001 - load is its public half
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else error
        msg = f"{name_of(path)}: the contents do not make a model: {why}"
        raise FormatError(msg) from error
