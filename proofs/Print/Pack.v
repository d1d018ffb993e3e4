(* Text packed into the kernel's 63-bit integers, seven bytes to a word, so that a long text is quick to
   read: the theorem about it is about the unpacked bytes. *)
From Coq.Strings Require Import Byte.
From Coq Require Import List Bool PrimInt63.
From Pullback Require Import Print.Bytes.
Import ListNotations.

(* The byte of the lowest eight bits. *)
Definition bit (w : int) (n : int) : bool := PrimInt63.eqb (PrimInt63.land (PrimInt63.lsr w n) 1) 1.
Definition low_byte (w : int) : byte :=
  of_bits (bit w 0, (bit w 1, (bit w 2, (bit w 3, (bit w 4, (bit w 5, (bit w 6, bit w 7)))))))%uint63.
(* Seven bytes, the first one lowest; the zeros that fill up the last word are left out. *)
Fixpoint word_bytes (n : nat) (w : int) (k : list byte) : list byte :=
  match n with
  | O => k
  | S n => match low_byte w with
           | x00 => k
           | b => b :: word_bytes n (PrimInt63.lsr w 8) k
           end
  end.
Definition unpack_chunk (l : list int) (k : list byte) : list byte := fold_right (word_bytes 7) k l.
Definition unpack (l : list (list int)) : list byte := fold_right unpack_chunk [] l.

(* The text and the packed one are the same bytes. *)
Definition text_is (words : list (list int)) (text : option (list byte)) : bool :=
  match text with Some t => bytes_eqb t (unpack words) | None => false end.
Lemma text_is_eq words text : text_is words text = true -> text = Some (unpack words).
Proof.
  destruct text as [t|]; simpl; intros H; [|discriminate]. apply bytes_eqb_eq in H. rewrite H. auto.
Qed.
