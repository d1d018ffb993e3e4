(* Text as lists of bytes, made back to front: a piece of text is a function that puts itself in front of
   what follows, so that printing takes time linear in the text. *)
From Coq.Strings Require Import Byte.
From Coq Require Import ZArith List PArith.
From Coq Require Decimal DecimalPos.
Import ListNotations.

(* A string literal: "tensor<". *)
Inductive literal := Literal (bytes : list byte).
Definition bytes_of (l : literal) : list byte := let (b) := l in b.
Declare Scope text_scope.
Delimit Scope text_scope with text.
Bind Scope text_scope with literal.
String Notation literal Literal bytes_of : text_scope.

Definition text := list byte -> list byte.
Definition str (l : literal) : text := app (bytes_of l).
Arguments str l%text _.
Definition raw (b : list byte) : text := app b.
Definition empty_text : text := fun k => k.
Definition then_ (a b : text) : text := fun k => a (b k).
Infix "&" := then_ (at level 60, right associativity) : text_scope.
Open Scope text_scope.

(* The items with a separator in between: src/base/text.h, join. *)
Fixpoint sep {X} (between : literal) (f : X -> text) (l : list X) : text :=
  match l with
  | [] => empty_text
  | [x] => f x
  | x :: l => f x & str between & sep between f l
  end.
Arguments sep {X} between%text f l _.

(* Decimal digits, least significant last. *)
Fixpoint digits (d : Decimal.uint) (k : list byte) : list byte :=
  match d with
  | Decimal.Nil => k
  | Decimal.D0 d => x30 :: digits d k
  | Decimal.D1 d => x31 :: digits d k
  | Decimal.D2 d => x32 :: digits d k
  | Decimal.D3 d => x33 :: digits d k
  | Decimal.D4 d => x34 :: digits d k
  | Decimal.D5 d => x35 :: digits d k
  | Decimal.D6 d => x36 :: digits d k
  | Decimal.D7 d => x37 :: digits d k
  | Decimal.D8 d => x38 :: digits d k
  | Decimal.D9 d => x39 :: digits d k
  end.
Definition number (z : Z) : text :=
  match z with
  | Z0 => str "0"
  | Zpos p => digits (Pos.to_uint p)
  | Zneg p => str "-" & digits (Pos.to_uint p)
  end.
Definition numbers (l : list Z) : text := sep ", " number l.
(* "[1, 2]" *)
Definition bracketed {X} (f : X -> text) (l : list X) : text := str "[" & sep ", " f l & str "]".
Definition number_list (l : list Z) : text := bracketed number l.

(* The same bytes. *)
Fixpoint bytes_eqb (a b : list byte) : bool :=
  match a, b with
  | [], [] => true
  | x :: a, y :: b => if Byte.eqb x y then bytes_eqb a b else false
  | _, _ => false
  end.
Lemma bytes_eqb_eq a b : bytes_eqb a b = true -> a = b.
Proof.
  revert b; induction a as [|x a IH]; intros [|y b]; simpl; intros H; try discriminate; auto.
  destruct (Byte.eqb x y) eqn:E; try discriminate. apply Byte.byte_dec_bl in E. rewrite E, (IH b H). auto.
Qed.
Lemma byte_eqb_refl x : Byte.eqb x x = true.
Proof. apply Byte.byte_dec_lb; auto. Qed.
Lemma bytes_eqb_refl a : bytes_eqb a a = true.
Proof. induction a as [|x a IH]; simpl; auto. rewrite byte_eqb_refl. auto. Qed.
