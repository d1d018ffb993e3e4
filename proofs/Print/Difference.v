(* Where two texts part: for a certificate that Coq has rejected. *)
From Coq.Strings Require Import Byte.
From Coq Require Import NArith List Bool.
From Pullback Require Import Print.Bytes Print.Name.
Import ListNotations.

(* The bytes up to the end of the line, those without a picture as '?'. *)
Fixpoint first_line (l : list byte) : list byte :=
  match l with
  | [] => []
  | x0a :: _ => []
  | b :: l => (if between x20 x7e b then b else x3f) :: first_line l
  end.
(* The first line that is not the same in both: its number, and it in each. *)
Fixpoint difference_from (line : N) (line_a line_b a b : list byte) : option (N * literal * literal) :=
  let here := Some (line, Literal (first_line line_a), Literal (first_line line_b)) in
  match a, b with
  | [], [] => None
  | x :: a, y :: b =>
      if Byte.eqb x y then
        match x with
        | x0a => difference_from (N.succ line) a b a b
        | _ => difference_from line line_a line_b a b
        end
      else here
  | _, _ => here
  end.
Definition first_difference (a b : list byte) : option (N * literal * literal) := difference_from 1 a b a b.

(* None is returned for equal texts alone. *)
Lemma difference_None a : forall line la lb b, difference_from line la lb a b = None -> a = b.
Proof.
  induction a as [|x a IH]; intros line la lb [|y b]; simpl; intros H; try discriminate; auto.
  destruct (Byte.eqb x y) eqn:E; [|discriminate]. apply Byte.byte_dec_bl in E. subst y. f_equal.
  destruct x; eapply IH; exact H.
Qed.
